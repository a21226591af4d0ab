import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import { clientId, following } from '../world.ts';

const nowhere = (n: number): string => String(n).padStart(26, '0');

export const boundCases = casesOf('Limits', [
  {
    name: 'a frame far beyond the limit ends the connection without a word',
    covers: ['close 1006', 'limit frame'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      peer.wire.text('x'.repeat(200_000));
      same(await peer.closes(), 1006, 'the close');
    },
  },
  {
    name: 'as many rooms in a frame as announced, and no more',
    covers: ['error bad_frame', 'limit rooms in one `join`, `leave` or `hello`'],
    users: 1,
    async run({ raw, tokenOf }) {
      const peer = await raw();
      const hi = await peer.request({ t: 'hello', tok: tokenOf(0), rooms: 'none' });
      const { rooms, frame } = hi['lim'] as { rooms: number; frame: number };
      const join = (n: number) => ({ t: 'join', rs: Array.from({ length: n }, (_, at) => nowhere(at)) });
      if (JSON.stringify(join(rooms + 1)).length + 20 > frame) return;
      refused(await peer.request(join(rooms)), 'not_member', 'as many rooms as may be');
      refused(await peer.request(join(rooms + 1)), 'bad_frame', 'one more');
    },
  },
  {
    name: 'eight levels of JSON, and no more',
    covers: ['error bad_frame', 'limit depth of JSON'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
      same((await peer.request({ t: 'ping', x: nested(7) })).t, 'pong', 'eight levels');
      const from = peer.frames.length;
      peer.send({ t: 'ping', x: nested(8) });
      same((await peer.next('an error', ({ t }) => t === 'err', 5_000, from))['code'], 'bad_frame', 'nine levels');
    },
  },
  {
    name: 'typing that comes too often is answered and left out',
    covers: ['limit `typing` of one socket in one room'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [one, two] = [await following(world, 0, room), await following(world, 1, room)];
      for (let n = 0; n < 5; n++) done(await one.request({ t: 'typing', r: room, on: 1 }), 'typing');
      await two.next('typing', ({ t }) => t === 'typing');
      done(await two.request({ t: 'typing', r: room, on: 0 }), 'typing of the other');
      same(two.frames.filter(({ t, u }) => t === 'typing' && u === world.idOf(0)).length, 1, 'what came of five');
    },
  },
  {
    name: 'messages beyond the rate of a user are refused with the time to wait, the others stored',
    covers: ['error rate_limited', 'limit messages, changes, calls of one user on one edge'],
    users: 3,
    async run(world) {
      const room = await world.room(2);
      const peer = await following(world, 2, room);
      const asked = 180;
      for (let n = 1; n <= asked; n++)
        peer.send({ t: 'send', i: 10_000 + n, r: room, c: clientId(), b: { text: `${n}` } });
      const answers = () => peer.frames.filter(({ i }) => Number(i) > 10_000);
      await peer.next('all answers', () => answers().length === asked, 15_000);
      const late = answers().filter(({ t }) => t === 'err');
      for (const answer of late) {
        same([answer['code'], typeof answer['retry']], ['rate_limited', 'number'], 'a refusal');
      }
      expect(late.length > 0, `${asked} messages at once are all taken`);
      const stored = peer.frames.filter(({ t, r }) => t === 'msg' && r === room).length;
      expect(stored <= asked - late.length, 'what was refused came all the same');
    },
  },
]);
