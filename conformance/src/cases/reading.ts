import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import type { Frame } from '../frame-rules.ts';
import type { Peer } from '../peer.ts';
import { call, clientId, eventsOf, following, say } from '../world.ts';

const textsOf = (page: Frame): string[] => (page['ev'] as { b: { text: string } }[]).map(({ b }) => b.text);

export const orderCases = casesOf('Order and gaps', [
  {
    name: 'events of many senders have one order for all, with an unbroken chain',
    covers: ['frame msg'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const peers = [await following(world, 0, room), await following(world, 1, room), await following(world, 0, room)];
      for (let n = 0; n < 60; n++) {
        peers[n % 3]?.send({ t: 'send', r: room, c: clientId(), b: { text: `message ${n}` } });
      }
      const heard = (peer: (typeof peers)[number]) => eventsOf(peer, room).filter(({ t }) => t === 'msg');
      for (const peer of peers) await peer.next('all of it', () => heard(peer).length === 60, 10_000);
      const [one, ...others] = peers.map((peer) => heard(peer).map(({ s, c }) => [s, c]));
      for (const other of others) same(other, one, 'the order');
    },
  },
  {
    name: 'history pages both ways without a gap or a double, in the same order',
    covers: ['op hist', 'frame hist'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.user(0);
      const seqs: number[] = [];
      for (let n = 0; n < 25; n++) seqs.push(await say(peer, room, `message ${n}`));
      const back: string[] = [];
      for (let before: number | undefined, page = 0; page < 10; page++) {
        const answer = await peer.request({ t: 'hist', r: room, n: 7, ...(before === undefined ? {} : { before }) });
        back.unshift(...textsOf(answer));
        before = answer['next'] as number | undefined;
        if (before === undefined) break;
      }
      const all = seqs.map((_, n) => `message ${n}`);
      same(back, all, 'paged back');
      const forth: string[] = [];
      for (let after: number | undefined = 0, page = 0; after !== undefined && page < 10; page++) {
        const answer: Frame = await peer.request({ t: 'hist', r: room, n: 7, after });
        forth.push(...textsOf(answer));
        after = answer['next'] as number | undefined;
      }
      same(forth, all, 'paged forth');
    },
  },
]);

export const resumeCases = casesOf('Resuming', [
  {
    name: 'what was missed comes with the same numbers, then live, and nothing twice',
    covers: ['frame live', 'transition room: replay to live'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [speaker, away] = [await following(world, 0, room), await following(world, 1, room)];
      const cursor = await say(speaker, room, 'before');
      await away.next('the first', ({ s }) => s === cursor);
      away.drop();
      const missed: number[] = [];
      for (let n = 0; n < 20; n++) missed.push(await say(speaker, room, `missed ${n}`));
      const edit = await speaker.request({ t: 'edit', r: room, m: missed[3], c: clientId(), b: { text: 'changed' } });
      missed.push(Number(edit['s']));
      const back = await world.user(1, { rooms: [room], since: { [room]: cursor } });
      const live = await back.next('live', ({ t, r }) => t === 'live' && r === room);
      same(
        eventsOf(back, room).map(({ s }) => s),
        missed,
        'the replay',
      );
      same(eventsOf(back, room)[0]?.['p'], cursor, 'the first predecessor');
      expect(Number(live['s']) >= Number(missed.at(-1)), 'live is behind the replay');
      const next = await say(speaker, room, 'live');
      same((await back.next('the next', ({ s }) => s === next))['t'], 'msg', 'what comes live');
    },
  },
  {
    name: 'join takes cursors as hello does, and again what is live already',
    covers: [],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await following(world, 0, room);
      const seqs = [await say(peer, room, 'one'), await say(peer, room, 'two')];
      const other = await world.user(0);
      done(await other.request({ t: 'join', rs: [room], since: { [room]: 0 } }), 'join');
      const heard = eventsOf(other, room).filter(({ t }) => t === 'msg');
      same(
        heard.map(({ s }) => s),
        seqs,
        'the replay',
      );
    },
  },
  {
    name: 'a cursor beyond the end is told, of a strange room removed, of another generation void',
    covers: ['error bad_cursor', 'frame removed'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const ahead = await world.user(0, { rooms: [room], since: { [room]: Number.MAX_SAFE_INTEGER } });
      const told = await ahead.next('an error', ({ t, r }) => t === 'err' && r === room);
      same(told['code'], 'bad_cursor', 'the code');
      await ahead.next('live', ({ t, r }) => t === 'live' && r === room);
      const nowhere = '0'.repeat(26);
      const lost = await world.user(0, { rooms: 'none', since: { [nowhere]: 3 } });
      await lost.next('removed', ({ t, r }) => t === 'removed' && r === nowhere);
      const old = await world.user(0, { rooms: [room], since: { [room]: 1 }, gen: 'another' });
      await old.next('live', ({ t, r }) => t === 'live' && r === room);
      same(eventsOf(old, room).length, 0, 'events of another generation');
    },
  },
  {
    name: 'a hello in parts is answered once',
    covers: ['transition new, more, new'],
    users: 1,
    async run(world) {
      const [one, two] = [await world.room(0), await world.room(0)];
      const peer = await world.raw();
      peer.send({ t: 'hello', i: 1, tok: world.tokenOf(0), rooms: [one, two], since: { [one]: 0 }, more: 1 });
      peer.send({ t: 'hello', i: 2, tok: world.tokenOf(0), rooms: [one, two], since: { [two]: 0 } });
      same((await peer.next('hi', ({ t }) => t === 'hi'))['i'], 2, 'the number of the answer');
      for (const room of [one, two]) await peer.next('live', ({ t, r }) => t === 'live' && r === room);
    },
  },
]);

/** Of such a size that some 180 of them are more than a replay holds. */
const large = { text: '👍'.repeat(900), custom: { fill: 'x'.repeat(1_900) } };

export const lagCases = casesOf('Resuming', [
  {
    name: 'what is more than a replay holds is named by lag, and can be paged or replayed stretch by stretch',
    covers: ['frame lag', 'frame live', 'transition room: lag to live'],
    users: 2,
    withinMs: 90_000,
    async run(world) {
      const room = await world.room(0, 1);
      const speakers = [await world.user(0), await world.user(1)];
      const seqs: number[] = [];
      for (let n = 0; n < 200; n++) {
        seqs.push(await say(speakers[n % 2] as Peer, room, large));
      }
      const cursor = Number(seqs[0]) - 1;
      const back = await world.user(1, { rooms: [room], since: { [room]: cursor } });
      const live = await back.next('live', ({ t, r }) => t === 'live' && r === room, 20_000);
      const lag = back.frames.find(({ t, r }) => t === 'lag' && r === room);
      const replayed = eventsOf(back, room).map(({ s }) => Number(s));
      if (lag === undefined) return same(replayed, seqs, 'a replay that holds all of it');
      same(lag['to'], live['s'], 'where lag ends');
      const paged: number[] = [];
      for (let after: number | undefined = Number(lag['from']) - 1; after !== undefined; ) {
        const page: Frame = await back.request({ t: 'hist', r: room, after, n: 50 });
        paged.push(...(page['ev'] as { s: number }[]).map(({ s }) => s));
        after = page['next'] as number | undefined;
      }
      same([...replayed, ...paged], seqs, 'replay and pages together');
      const again = await world.user(0);
      done(await again.request({ t: 'join', rs: [room], since: { [room]: Number(lag['from']) - 1 } }, 20_000), 'join');
      same(eventsOf(again, room)[0]?.['s'], paged[0], 'where the next stretch begins');
    },
  },
  {
    name: 'hundreds of cursors come in several frames, and each room is answered',
    covers: ['frame removed', 'transition new, more, new'],
    users: 1,
    async run({ raw, tokenOf }) {
      const peer = await raw();
      const since = (from: number) =>
        Object.fromEntries(Array.from({ length: 300 }, (_, n) => [String(from + n).padStart(26, '0'), 5]));
      peer.send({ t: 'hello', i: 1, tok: tokenOf(0), rooms: 'none', since: since(0), more: 1 });
      peer.send({ t: 'hello', i: 2, tok: tokenOf(0), rooms: 'none', since: since(300) });
      await peer.next('hi', ({ t, i }) => t === 'hi' && i === 2);
      const gone = () => peer.frames.filter(({ t }) => t === 'removed').length;
      await peer.next('a word on each', () => gone() === 600);
    },
  },
]);

export const receiptCases = casesOf('Receipts', [
  {
    name: 'read is answered once it is stored, told to the room and to my other devices, and only rises',
    covers: ['op read', 'op recv', 'frame rcpt', 'frame readelse'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [speaker, reader] = [await following(world, 0, room), await following(world, 1, room)];
      const phone = await world.user(1);
      const first = await say(speaker, room, 'one');
      const second = await say(speaker, room, 'two');
      done(await reader.request({ t: 'recv', r: room, s: second }), 'recv');
      done(await reader.request({ t: 'read', r: room, s: second }), 'read');
      done(await reader.request({ t: 'read', r: room, s: first }), 'read of less');
      const isRead = ({ t, w }: Frame) =>
        t === 'rcpt' &&
        (w as [string, number, number][]).some(([who, , read]) => who === world.idOf(1) && read === second);
      await speaker.next('the receipt', isRead);
      await phone.next('word on another device', ({ t, s }) => t === 'readelse' && s === second);
      const back = await world.user(1);
      const rooms = await back.next(
        'the rooms',
        ({ t, rs }) => t === 'rooms' && (rs as { r: string }[]).some(({ r }) => r === room),
      );
      const entry = (rooms['rs'] as { r: string; read?: number }[]).find(({ r }) => r === room);
      expect(entry?.read === undefined || entry.read === second, `read is ${entry?.read} instead of ${second}`);
    },
  },
  {
    name: 'a room that I mark unread is so on all my devices, until I read it',
    covers: ['frame unread', 'op read'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const [phone, desk] = [await world.user(0), await world.user(0)];
      const [first, second] = [await say(phone, room, 'one'), await say(phone, room, 'two')];
      done(await phone.request({ t: 'read', r: room, s: second }), 'read');
      await call(phone, 'rooms.markUnread', { room, sequence: first });
      const told = await desk.next('unread', ({ t, r }) => t === 'unread' && r === room);
      same(told['s'], first, 'from where on');
      done(await phone.request({ t: 'read', r: room, s: second }), 'read again');
      await desk.next('the end of it', ({ t, r, s }) => t === 'readelse' && r === room && s === second);
    },
  },
  {
    name: 'a mark beyond the end of the room is a bad cursor',
    covers: ['error bad_cursor'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.user(0);
      for (const t of ['read', 'recv']) {
        refused(await peer.request({ t, r: room, s: Number.MAX_SAFE_INTEGER }), 'bad_cursor', t);
      }
    },
  },
  {
    name: 'typing reaches who is there, and nobody else may say it',
    covers: ['op typing', 'frame typing'],
    users: 2,
    async run(world) {
      const [room, own] = [await world.room(0, 1), await world.room(0)];
      const [one, two] = [await following(world, 0, room), await following(world, 1, room)];
      two.send({ t: 'typing', r: room, on: 1 });
      const told = await one.next('typing', ({ t }) => t === 'typing');
      same([told['u'], told['on']], [world.idOf(1), 1], 'typing');
      refused(await two.request({ t: 'typing', r: own, on: 1 }), 'not_member', 'typing in a strange room');
    },
  },
]);

const told = ({ t, w }: Frame): [string, string][] => (t === 'pres' ? (w as [string, string][]) : []);

/** Who comes is told within a moment, and a room that is new may take one to be known. */
async function untilOnline(watcher: Peer, friend: string, us: readonly string[]): Promise<void> {
  const last = () => watcher.frames.flatMap(told).findLast(([user]) => user === friend);
  for (let tries = 0; tries < 8 && last()?.[1] !== 'online'; tries++) {
    done(await watcher.request({ t: 'watch', us }), 'watch');
    await watcher.next('a moment', () => false, 500).catch(() => undefined);
  }
  same(last()?.[1], 'online', 'the friend');
}

export const presenceCases = casesOf('Presence', [
  {
    name: 'who watches is told what those are with whom he shares a room, and of each change',
    covers: ['op watch', 'op unwatch', 'op here', 'frame pres'],
    users: 2,
    async run(world) {
      await world.room(0, 1);
      const [watcher, friend] = [await world.user(0), await world.user(1)];
      await untilOnline(watcher, world.idOf(1), [world.idOf(1)]);
      done(await friend.request({ t: 'here', as: 'away' }), 'here');
      await watcher.next('away', (frame) => told(frame).some(([, presence]) => presence === 'away'));
      done(await watcher.request({ t: 'unwatch', us: [world.idOf(1)] }), 'unwatch');
    },
  },
  {
    name: 'who watches is told nothing of those with whom he shares no room',
    covers: ['op watch'],
    users: 3,
    strangers: true,
    async run(world) {
      await world.room(0, 1);
      const [watcher] = [await world.user(0), await world.user(1), await world.user(2)];
      await untilOnline(watcher, world.idOf(1), [world.idOf(1), world.idOf(2)]);
      const others = watcher.frames.flatMap(told).filter(([user]) => user !== world.idOf(1));
      same(others, [], 'what is told of a stranger');
    },
  },
  {
    name: 'more users than may be watched are refused',
    covers: ['limit users watched by one socket'],
    users: 1,
    async run({ user }) {
      const us = Array.from({ length: 201 }, (_, n) => String(n).padStart(26, '0'));
      refused(await (await user(0)).request({ t: 'watch', us }), 'bad_frame', 'watch of 201');
    },
  },
]);
