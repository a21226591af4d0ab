import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import type { Frame } from '../frame-rules.ts';
import type { Peer } from '../peer.ts';
import { call, clientId, following, say, type World } from '../world.ts';

const send = (peer: Peer, room: string, text = 'x') => peer.request({ t: 'send', r: room, c: clientId(), b: { text } });

/** Owner and member of a new room, which is live for both. */
async function ownerAndMember(world: World): Promise<{ room: string; owner: Peer; member: Peer }> {
  const room = await world.room(0, 1);
  return { room, owner: await following(world, 0, room), member: await following(world, 1, room) };
}

const roomEvent = (key: string, value: number) => (frame: Frame) => frame.t === 'room' && frame[key] === value;
const memberEvent = (op: string) => (frame: Frame) => frame.t === 'mem' && frame['op'] === op;

/** What no event tells holds within a second or so. */
async function untilAnswered(
  ask: () => Promise<Frame>,
  fits: (answer: Frame) => boolean,
  what: string,
): Promise<Frame> {
  for (let tries = 0; tries < 30; tries++) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const last = await ask();
  expect(fits(last), `${what}: ${JSON.stringify(last)}`);
  return last;
}

export const writingCases = casesOf('Who may write', [
  {
    name: 'in a frozen room only its moderators and owners write, behind the event that says so',
    covers: ['error frozen', 'frame room'],
    users: 2,
    async run(world) {
      const { room, owner, member } = await ownerAndMember(world);
      const mine = await say(member, room, 'before');
      await call(owner, 'rooms.freeze', { room });
      await member.next('the event', roomEvent('frozen', 1));
      refused(await send(member, room), 'frozen', 'a send');
      const change = { r: room, m: mine, c: clientId() };
      refused(await member.request({ t: 'edit', ...change, b: { text: 'y' } }), 'frozen', 'an edit');
      refused(await member.request({ t: 'react', ...change, e: '👍', on: 1 }), 'frozen', 'a reaction');
      done(await send(owner, room), "the owner's send");
      await call(owner, 'rooms.unfreeze', { room });
      await member.next('the end of it', roomEvent('frozen', 0));
      done(await send(member, room), 'a send behind it');
    },
  },
  {
    name: 'nobody writes in an archived room, and who is in a deleted one is told that it is gone',
    covers: ['error frozen', 'frame room', 'frame removed'],
    users: 2,
    async run(world) {
      const { room, owner, member } = await ownerAndMember(world);
      await call(owner, 'rooms.archive', { room });
      await owner.next('the event', roomEvent('archived', 1));
      refused(await send(owner, room), 'frozen', "the owner's send");
      await call(owner, 'rooms.unarchive', { room });
      await owner.next('the end of it', roomEvent('archived', 0));
      done(await send(owner, room), 'a send behind it');
      await call(owner, 'rooms.delete', { room });
      await member.next('removed', ({ t, r }) => t === 'removed' && r === room);
      refused(await send(member, room), 'not_member', 'a send into what is gone');
    },
  },
  {
    name: 'who is muted writes nothing and is told until when, but deletes what is his',
    covers: ['error muted', 'frame mem'],
    users: 2,
    async run(world) {
      const { room, owner, member } = await ownerAndMember(world);
      const mine = await say(member, room, 'mine');
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await call(owner, 'rooms.mute', { room, user: world.idOf(1), until });
      await member.next('the event', memberEvent('mute'));
      const answer = await send(member, room);
      refused(answer, 'muted', 'a send');
      expect(Number(answer['retry']) > 0, 'the refusal does not say when it ends');
      refused(await member.request({ t: 'typing', r: room, on: 1 }), 'muted', 'typing');
      done(await member.request({ t: 'del', r: room, m: mine, c: clientId() }), 'a deletion');
      await call(owner, 'rooms.unmute', { room, user: world.idOf(1) });
      await member.next('the end of it', memberEvent('unmute'));
      done(await send(member, room), 'a send behind it');
    },
  },
  {
    name: 'slow mode lets a member write once in its time, a repeated send and who keeps order always',
    covers: ['error slow_mode', 'frame room'],
    users: 2,
    async run(world) {
      const { room, owner, member } = await ownerAndMember(world);
      await call(owner, 'rooms.slow', { room, seconds: 60 });
      await member.next('the event', roomEvent('slow', 60));
      const first = { t: 'send', r: room, c: clientId(), b: { text: 'first' } };
      done(await member.request(first), 'the first');
      const answer = await send(member, room);
      refused(answer, 'slow_mode', 'the second');
      expect(Number(answer['retry']) > 0, 'the refusal does not say how long');
      same((await member.request(first))['dup'], 1, 'the first again');
      for (let n = 0; n < 2; n++) done(await send(owner, room), "the owner's");
      await call(owner, 'rooms.slow', { room, seconds: 0 });
      await member.next('the end of it', roomEvent('slow', 0));
      done(await send(member, room), 'a send behind it');
    },
  },
  {
    name: 'where one of two has blocked the other neither writes nor whispers, until it is taken back',
    covers: ['error blocked', 'op whisper'],
    users: 2,
    async run(world) {
      const [one, other] = [await world.user(0), await world.user(1)];
      const { id: room } = (await call(one, 'rooms.direct', { user: world.idOf(1) })) as { id: string };
      const whisper = () => one.request({ t: 'whisper', to: world.idOf(1), c: clientId(), b: { text: 'between us' } });
      try {
        await call(other, 'users.block', { user: world.idOf(0) });
        const isBlocked = ({ code }: Frame) => code === 'blocked';
        await untilAnswered(() => send(one, room), isBlocked, 'a send to who has blocked me');
        await untilAnswered(() => send(other, room), isBlocked, 'a send to whom I have blocked');
        refused(await whisper(), 'blocked', 'a whisper');
      } finally {
        await call(other, 'users.unblock', { user: world.idOf(0) });
      }
      await untilAnswered(
        () => send(one, room),
        ({ t }) => t === 'ok',
        'a send behind it',
      );
      done(await whisper(), 'a whisper behind it');
    },
  },
  {
    name: 'a whisper is a message of the direct room, names where it was said, and is for members of that only',
    covers: ['op whisper', 'error not_found', 'frame msg'],
    users: 3,
    async run(world) {
      const room = await world.room(0, 1);
      const speaker = await world.user(0);
      const { id: direct } = (await call(speaker, 'rooms.direct', { user: world.idOf(1) })) as { id: string };
      const hearer = await following(world, 1, direct);
      const whisper = { t: 'whisper', to: world.idOf(1), c: clientId(), b: { text: 'psst' }, r: room };
      const ok = await speaker.request(whisper);
      same([ok.t, ok['r']], ['ok', direct], 'the answer');
      const heard = await hearer.next('the whisper', ({ s, r }) => r === direct && s === ok['s']);
      same([heard.t, heard['in'], heard['u']], ['msg', room, world.idOf(0)], 'what comes');
      same((await speaker.request(whisper))['dup'], 1, 'the whisper again');
      refused(
        await speaker.request({ ...whisper, c: clientId(), to: world.idOf(2) }),
        'not_found',
        'a whisper to who is not in that room',
      );
    },
  },
]);
