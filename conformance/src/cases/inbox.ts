import { casesOf } from '../conformance-case.ts';
import { expect, same } from '../expect.ts';
import type { Frame } from '../frame-rules.ts';
import { call, eventsOf, following, say } from '../world.ts';

/** Mentions are found behind the message, by who carries it into the store. */
const foundWithinMs = 15_000;
const about = (kind: string, room: string) => (frame: Frame) => frame.t === kind && frame['in'] === room;

export const inboxCases = casesOf('Inbox', [
  {
    name: 'who is added is told and hears the room from there on, who is removed is told how it ended',
    covers: ['frame added', 'frame out', 'frame removed', 'transition room: added to live'],
    users: 2,
    async run(world) {
      const room = await world.room(0);
      const [owner, guest] = [await following(world, 0, room), await world.user(1, { rooms: 'all' })];
      await call(owner, 'rooms.add', { room, users: [world.idOf(1)] });
      await guest.next('added', about('added', room));
      await guest.next('live', ({ t, r }) => t === 'live' && r === room);
      const first = await say(owner, room, 'welcome');
      await guest.next('what is said', ({ s, r }) => r === room && s === first);
      await call(owner, 'rooms.remove', { room, user: world.idOf(1) });
      const out = await guest.next('out', about('out', room));
      same([out['r'], out['op']], [world.idOf(1), 'remove'], 'how it ended');
      await guest.next('removed', ({ t, r }) => t === 'removed' && r === room);
    },
  },
  {
    name: 'who is asked is told by what he accepts, and becomes a member',
    covers: ['frame invite', 'frame mem'],
    users: 2,
    async run(world) {
      const room = await world.room(0);
      const [owner, guest] = [await following(world, 0, room), await world.user(1)];
      await call(owner, 'rooms.invite', { room, user: world.idOf(1) });
      const { id } = await guest.next('the invitation', about('invite', room));
      await call(guest, 'invites.accept', { invite: id });
      await owner.next('the new member', ({ t, us }) => t === 'mem' && (us as string[]).includes(world.idOf(1)));
    },
  },
  {
    name: 'who is named in a message is told once, and who wrote in a thread of answers there',
    covers: ['frame mention', 'frame reply'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [speaker, named] = [await following(world, 0, room), await world.user(1)];
      const { nickname } = await call(named, 'me.get');
      const m = await say(speaker, room, `look here, @${String(nickname)}!`);
      const mention = await named.next('the mention', about('mention', room), foundWithinMs);
      same([mention['m'], mention['u']], [m, world.idOf(0)], 'the mention');
      await say(named, room, 'I do', { re: m });
      const answer = await say(speaker, room, 'good', { re: m });
      const reply = await named.next('the reply', about('reply', room), foundWithinMs);
      same([reply['m'], reply['re']], [answer, m], 'the reply');
      same(named.frames.filter(about('mention', room)).length, 1, 'mentions');
    },
  },
  {
    name: 'what I want to be told of is told to my other devices',
    covers: ['frame notify'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const [phone, desk] = [await world.user(0), await world.user(0)];
      await call(phone, 'rooms.setNotifications', { room, level: 'none' });
      same((await desk.next('word of it', about('notify', room)))['level'], 'none', 'the level');
    },
  },
  {
    name: 'a cursor brings what came before I was there, and live behind it',
    covers: ['frame live', 'frame added', 'transition inbox: cursor to live'],
    users: 2,
    async run(world) {
      const me = world.idOf(1);
      const before = await world.raw();
      const hi = await before.request({ t: 'hello', tok: world.tokenOf(1), rooms: 'none' });
      const { inbox, gen } = hi as unknown as { inbox: number; gen: string };
      before.drop();
      const owner = await world.user(0);
      const rooms = [await world.room(0), await world.room(0)];
      for (const room of rooms) await call(owner, 'rooms.add', { room, users: [me] });
      const back = await world.user(1, { rooms: 'none', inbox, gen });
      for (const room of rooms) await back.next('added', about('added', room));
      const live = await back.next('live', ({ t, r }) => t === 'live' && r === me);
      const events = eventsOf(back, me);
      same(events[0]?.['p'], inbox, 'the first predecessor');
      expect(Number(live['s']) >= Number(events.at(-1)?.['s']), 'live is behind the replay');
    },
  },
]);

export const callCases = casesOf('Calls', [
  {
    name: 'a signal reaches every device of who shares a room with me, or the one that is named, and nobody else',
    covers: ['op sig', 'frame sig', 'error not_found', 'error too_large', 'limit `d` of a `sig`'],
    users: 3,
    async run(world) {
      await world.room(0, 1);
      const caller = await world.user(0);
      const [phone, desk] = [await world.user(1), await world.user(1)];
      const ring = { t: 'sig', to: world.idOf(1), d: { k: 'offer', sdp: 'v=0' } };
      same((await caller.request(ring)).t, 'ok', 'the answer to sig');
      for (const device of [phone, desk]) {
        const heard = await device.next('the signal', ({ t }) => t === 'sig');
        same([heard['u'], heard['d']], [world.idOf(0), ring.d], 'what comes');
      }
      const { sid } = await phone.next('the signal', ({ t }) => t === 'sig');
      await phone.request({ t: 'sig', to: world.idOf(0), sid, d: { k: 'answer' } });
      await caller.next('the answer', ({ t, d }) => t === 'sig' && (d as { k?: string }).k === 'answer');
      for (const to of [world.idOf(2), '0'.repeat(26)]) {
        same((await caller.request({ ...ring, to }))['code'], 'not_found', 'a signal to a stranger');
      }
      same((await caller.request({ ...ring, d: { k: 'x'.repeat(9_000) } }))['code'], 'too_large', 'a long one');
    },
  },
]);
