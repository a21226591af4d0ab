import { encodeEvent, type Following, frameOf, type LiveRooms, type RoomListener } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomEvent, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import type { FollowedRoomDeps } from '../src/followed-room.ts';
import type { Missed } from '../src/missed-events.ts';
import { createRoomHub } from '../src/room-hub.ts';
import { wait } from './start-edge.ts';

/** A bus whose answers the test gives. */
function fakeLive() {
  const listeners: RoomListener[] = [];
  const answers: PromiseWithResolvers<Following>[] = [];
  let stopped = 0;
  const live: LiveRooms = {
    follow: (_room, listener) => {
      listeners.push(listener);
      const answer = withResolvers<Following>();
      answers.push(answer);
      return answer.promise;
    },
  };
  return {
    live,
    listeners,
    answers,
    stopped: () => stopped,
    answer: (n = 0) => answers[n]?.resolve({ stop: () => void stopped++ }),
  };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  const result = {} as PromiseWithResolvers<T>;
  result.promise = new Promise<T>((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

/** What the log and MongoDB know of the room, as the test says. */
function fakeLog() {
  const seqs: number[] = [];
  const reads: number[] = [];
  const log = {
    seqs,
    reads,
    /** MongoDB is away, and the log begins behind this number. */
    unreadUpTo: 0,
    away: false,
    missed: {
      read: async (_room: RoomId, after: number, known: number): Promise<Missed> => {
        reads.push(after);
        await wait(0);
        if (log.away) throw new Failure('log_unavailable');
        if (after < log.unreadUpTo) return { events: [], upTo: log.unreadUpTo, unread: true };
        const events = seqs.filter((seq) => seq > after).map((seq) => ({ seq, bytes }));
        return { events, upTo: events.at(-1)?.seq ?? known, unread: false };
      },
    },
    head: 0,
    heads: {
      newest: async () => log.head,
      opening: async () => ({ cursor: log.head, newest: log.head }),
    },
  };
  return log;
}

function hubOver(live: LiveRooms, over: Partial<FollowedRoomDeps> = {}) {
  const delivered: [seq: number, prev: number, sockets: number][] = [];
  const skipped: string[] = [];
  const lags: [from: number, to: number][] = [];
  const log = fakeLog();
  const hub = createRoomHub({
    live,
    heads: log.heads,
    missed: log.missed,
    deliver: (_room, seq, prev, _bytes, sockets) => {
      delivered.push([seq, prev, sockets]);
      return frameOf(seq, prev, bytes);
    },
    lagging: (_room, from, to) => lags.push([from, to]),
    skipped: (why) => skipped.push(why),
    filled: () => undefined,
    signal: () => undefined,
    ring: { events: 4, bytes: 1_000 },
    unfollowed: () => undefined,
    roomLingerMs: 30,
    ...over,
  });
  return { hub, delivered, skipped, lags, log };
}

/** A room that is followed from `head` on. */
async function followedFrom(head: number, over: Partial<FollowedRoomDeps> = {}) {
  const bus = fakeLive();
  const made = hubOver(bus.live, over);
  made.log.head = head;
  const stay = made.hub.enter(room);
  bus.answer();
  await stay.followed;
  return { ...made, stay, take: (seq: number, prev: number) => bus.listeners[0]?.event(seq, prev, bytes) };
}

const room = newId<RoomId>();
const bytes = new TextEncoder().encode('{"v":1}');

t.test('many sockets in a room are one subscription, which outlasts them for a while', async (t) => {
  const bus = fakeLive();
  const { hub } = hubOver(bus.live);
  const [one, two] = [hub.enter(room), hub.enter(room)];
  t.notOk(hub.follows(room), 'not before the server knows');
  bus.answer();
  await Promise.all([one.followed, two.followed]);
  t.ok(hub.follows(room));
  one.leave();
  one.leave();
  await wait(50);
  t.equal(bus.stopped(), 0, 'leaving twice is leaving once');
  two.leave();
  const three = hub.enter(room);
  await wait(50);
  t.equal(bus.stopped(), 0, 'who comes back in time finds it');
  three.leave();
  await wait(50);
  t.equal(bus.stopped(), 1);
  t.equal(bus.listeners.length, 1);
  t.equal(hub.rooms, 0);
});

t.test('each number goes out once and in rising order, each naming the one before it', async (t) => {
  const { hub, delivered, skipped, take, log } = await followedFrom(3);
  for (const [seq, prev] of [
    [5, 3],
    [7, 5],
    [7, 5],
    [6, 5],
    [8, 7],
  ] as const) {
    take(seq, prev);
  }
  t.same(delivered, [
    [5, 3, 1],
    [7, 5, 1],
    [8, 7, 1],
  ]);
  t.same(skipped, ['duplicate', 'duplicate']);
  t.equal(hub.cursor(room), 8);
  t.same(log.reads, [], 'without asking the log');
  hub.close();
});

t.test('what comes before the room is open waits for it', async (t) => {
  const bus = fakeLive();
  const { hub, delivered, log } = hubOver(bus.live);
  log.head = 5;
  const { followed } = hub.enter(room);
  bus.listeners[0]?.event(7, 5, bytes);
  bus.listeners[0]?.event(5, 3, bytes);
  t.same(delivered, []);
  bus.answer();
  await followed;
  t.same(delivered, [[7, 5, 1]], 'what the log held already does not go out');
  hub.close();
});

t.test('swapped messages are put in order without asking the log', async (t) => {
  const { hub, delivered, take, log } = await followedFrom(3);
  take(9, 7);
  take(7, 5);
  take(5, 3);
  t.same(
    delivered.map(([seq]) => seq),
    [5, 7, 9],
  );
  await wait(80);
  t.same(log.reads, []);
  hub.close();
});

t.test('a hole is filled from the log before anything behind it goes out', async (t) => {
  const { hub, delivered, take, log } = await followedFrom(3);
  log.seqs.push(3, 5, 7, 9, 11);
  take(9, 7);
  take(11, 9);
  t.same(delivered, []);
  await until('the hole to be filled', () => delivered.length === 4);
  t.same(delivered, [
    [5, 3, 1],
    [7, 5, 1],
    [9, 7, 1],
    [11, 9, 1],
  ]);
  t.same(log.reads, [3], 'in one read');
  take(13, 11);
  t.equal(hub.cursor(room), 13);
  hub.close();
});

t.test('an event that names no predecessor where there was one is checked', async (t) => {
  const { hub, delivered, take, log } = await followedFrom(3);
  log.seqs.push(5, 7);
  take(7, 0);
  await until('both', () => delivered.length === 2);
  t.same(delivered, [
    [5, 3, 1],
    [7, 5, 1],
  ]);
  take(9, 0);
  await until('the third', () => delivered.length === 3);
  t.same(delivered.at(-1), [9, 7, 1], 'and goes out when there was nothing before it');
  hub.close();
});

t.test('a lost tail comes when somebody says where the room ends', async (t) => {
  const { hub, delivered, log } = await followedFrom(3);
  log.seqs.push(5);
  hub.reach(room, 3);
  hub.reach(room, 5);
  await until('the last one', () => delivered.length === 1);
  t.same(log.reads, [3]);
  hub.close();
});

t.test('the end of a room is looked at again a moment after it was opened', async () => {
  const { hub, delivered, log } = await followedFrom(3);
  log.seqs.push(5);
  log.head = 5;
  await until('what was stored before the interest was known everywhere', () => delivered.length === 1, 2_000);
  hub.close();
});

t.test('what nobody can give now is named, and live goes on', async (t) => {
  const { hub, delivered, lags, take, log } = await followedFrom(3);
  log.seqs.push(9);
  log.unreadUpTo = 8;
  take(11, 9);
  await until('the live one', () => delivered.length === 2);
  t.same(lags, [[4, 8]]);
  t.same(delivered, [
    [9, 8, 1],
    [11, 9, 1],
  ]);
  t.equal(hub.kept(room, 3, 10), undefined, 'the ring has a hole there');
  t.equal(hub.kept(room, 8, 10)?.frames.length, 2);
  hub.close();
});

t.test('while the log is away events wait, and more than fit are read from it later', async (t) => {
  const { hub, delivered, take, log } = await followedFrom(1);
  log.away = true;
  for (let seq = 3; seq <= 1_000; seq++) {
    log.seqs.push(seq);
    if (seq > 3) take(seq, seq - 1);
  }
  await wait(100);
  t.same(delivered, []);
  log.away = false;
  await until('all of them', () => delivered.length === 998);
  t.same(
    delivered.map(([seq]) => seq),
    log.seqs,
  );
  hub.close();
});

t.test('what is said of a message behind its deletion is kept without its text', async (t) => {
  const bus = fakeLive();
  const { hub } = hubOver(bus.live, {
    deliver: (id, seq, prev, said) => {
      if (seq === 2) hub.mask(id, 1);
      return frameOf(seq, prev, said);
    },
  });
  const stay = hub.enter(room);
  bus.answer();
  await stay.followed;
  const event = ({ t, ...rest }: { t: string }): Uint8Array =>
    encodeEvent({ v: 1, t, r: room, u: newId(), at: 1, c: 'a-client-id-000000', ...rest } as unknown as RoomEvent);
  const story = [
    { t: 'msg', b: { text: 'secret' } },
    { t: 'del', m: 1 },
    { t: 'edit', m: 1, b: { text: 'secret as well' } },
    { t: 'msg', b: { text: 'no secr-et' } },
  ];
  for (const [n, fields] of story.entries()) bus.listeners[0]?.event(n + 1, n, event(fields));
  const frames = hub.kept(room, 0, 10)?.frames.map((frame) => Buffer.from(frame).toString()) ?? [];
  t.equal(frames.length, 4);
  t.notMatch(frames.join(''), /secret/);
  t.match(frames[3], /secr-et/);
  t.same(hub.deleted(room), new Set([1]), 'and who reads the log is told as well');
});

t.test('the ring gives the newest frames, or says that it does not reach so far back', async (t) => {
  const { hub, take } = await followedFrom(1);
  for (let seq = 2; seq <= 7; seq++) take(seq, seq - 1);
  const seqs = (after: number, limit = 10) =>
    hub.kept(room, after, limit)?.frames.map((frame) => JSON.parse(Buffer.from(frame).toString()).s);
  t.same(seqs(3), [4, 5, 6, 7]);
  t.same(seqs(5), [6, 7]);
  t.same(seqs(7), []);
  t.same(seqs(2), undefined);
  t.same(hub.kept(room, 3, 2), { ...hub.kept(room, 3, 2), last: 5, whole: false });
  t.match(hub.kept(room, 5, 2), { last: 7, whole: true });
  hub.close();
});

t.test('a refused subscription is a failure for all who wait, and the next one asks anew', async (t) => {
  const bus = fakeLive();
  const { hub, delivered } = hubOver(bus.live);
  const [one, two] = [hub.enter(room), hub.enter(room)];
  bus.answers[0]?.reject(new Error('no connection'));
  await t.rejects(one.followed, { code: 'unavailable' });
  await t.rejects(two.followed, Failure);
  const three = hub.enter(room);
  one.leave();
  two.leave();
  bus.answer(1);
  await three.followed;
  bus.listeners[0]?.event(1, 0, bytes);
  bus.listeners[1]?.event(1, 0, bytes);
  t.same(delivered, [[1, 0, 1]], 'what is left of the refused one is not heard');
  await wait(50);
  t.ok(hub.follows(room), 'those who failed take nobody along');
  hub.close();
});

t.test('a server that does not answer is given up, and let go when it does', async (t) => {
  const bus = fakeLive();
  const { hub } = hubOver(bus.live, { followDeadlineMs: 20 });
  await t.rejects(hub.enter(room).followed, { code: 'unavailable' });
  bus.answer();
  await wait(0);
  t.equal(bus.stopped(), 1);
});
