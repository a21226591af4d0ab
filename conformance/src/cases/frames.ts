import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';

export const frameCases = casesOf('Requests and replies', [
  {
    name: 'what is no frame is told so, and the connection lives',
    covers: ['error bad_frame'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      for (const text of [
        '',
        'x',
        '[]',
        '"ping"',
        '{}',
        '{"t":5}',
        '{"t":"ping"',
        'null',
        '{"t":"send"}',
        '[[[[[[[[[[]]]]]]]]]]',
      ]) {
        const from = peer.frames.length;
        peer.wire.text(text);
        const { code } = await peer.next(`an error for ${text}`, ({ t }) => t === 'err', 5_000, from);
        expect(code === 'bad_frame' || code === 'unknown_op', `${text} is answered by ${code}`);
      }
      same((await peer.request({ t: 'ping' })).t, 'pong', 'a ping behind it');
    },
  },
  {
    name: 'binary frames are no frames',
    covers: ['error bad_frame'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      peer.wire.binary(Buffer.from('{"t":"ping","i":1}'));
      same((await peer.next('an error', ({ t }) => t === 'err'))['code'], 'bad_frame', 'the code');
    },
  },
  {
    name: 'an operation that is not known is an error and never a close, keys that are not known are skipped',
    covers: ['error unknown_op'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      for (let n = 0; n < 100; n++) peer.send({ t: 'operation_of_tomorrow', n });
      refused(await peer.request({ t: 'operation_of_tomorrow' }), 'unknown_op', 'an operation that is not known');
      same((await peer.request({ t: 'ping', tomorrow: { a: [1] } })).t, 'pong', 'a ping with more than is known');
      same(peer.closed, undefined, 'the close');
    },
  },
  {
    name: 'a frame beyond hi.lim.frame is too large, and the connection lives',
    covers: ['error too_large'],
    users: 1,
    async run({ raw, tokenOf }) {
      const peer = await raw();
      const hi = await peer.request({ t: 'hello', tok: tokenOf(0), rooms: 'none' });
      const { frame } = hi['lim'] as { frame: number };
      const from = peer.frames.length;
      peer.wire.text(JSON.stringify({ t: 'ping', i: 9_999, fill: 'x'.repeat(frame) }));
      same((await peer.next('an error', ({ t }) => t === 'err', 5_000, from))['code'], 'too_large', 'the code');
      same((await peer.request({ t: 'ping' })).t, 'pong', 'a ping behind it');
    },
  },
  {
    name: 'without a number there is no reply on success',
    covers: ['frame ok'],
    users: 1,
    async run({ user, room }) {
      const id = await room(0);
      const peer = await user(0);
      peer.send({ t: 'join', rs: [id] });
      peer.send({ t: 'leave', rs: [id] });
      done(await peer.request({ t: 'join', rs: [id] }), 'join');
      same(peer.frames.filter(({ t }) => t === 'ok').length, 1, 'the answers');
    },
  },
  {
    name: 'hostile strings are data',
    covers: [],
    users: 1,
    async run({ user, room }) {
      const id = await room(0);
      for (const bad of [
        '*',
        '>',
        '$where',
        '__proto__',
        '../x',
        'a.b',
        '\u0000',
        'x'.repeat(2_000),
        { $gt: '' },
        [id],
        null,
        7,
      ]) {
        const peer = await user(0);
        for (const frame of [
          { t: 'send', r: bad, c: 'c'.repeat(16), b: { text: 'x' } },
          { t: 'send', r: id, c: bad, b: { text: 'x' } },
          { t: 'hist', r: bad },
          { t: 'join', rs: [bad] },
          { t: 'call', m: bad, p: {} },
        ]) {
          const answer = await peer.request(frame);
          expect(answer.t === 'err', `${JSON.stringify(frame).slice(0, 80)} is answered by ${answer.t}`);
          expect(answer['code'] !== 'internal', `${JSON.stringify(frame).slice(0, 80)} is a fault of the server`);
        }
        peer.drop();
      }
    },
  },
]);

export const keepingAliveCases = casesOf('Keeping alive', [
  {
    name: 'ping is answered by pong with the server time',
    covers: ['op ping', 'frame pong'],
    users: 1,
    async run({ user }) {
      const pong = await (await user(0)).request({ t: 'ping' });
      expect(pong.t === 'pong' && typeof pong['now'] === 'number', `ping is answered by ${JSON.stringify(pong)}`);
    },
  },
]);
