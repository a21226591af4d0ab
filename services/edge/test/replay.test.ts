import { encodeEvent, frameOf, type LoggedEvent, streamNames, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { createMetrics } from '@gapless/shared/runtime';
import { newId, noEnd, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createEdgeMetrics } from '../src/metrics.ts';
import { createReplay, type ReplayDeps, type Since } from '../src/replay.ts';
import type { RoomStay } from '../src/room-hub.ts';
import { fakeSession, identity } from './fake-session.ts';
import { wait } from './start-edge.ts';

const streams = streamNames(2);
const room = newId<RoomId>();
const none = () => 0;

interface Fakes {
  readonly log?: readonly number[];
  readonly doubts?: Partial<ReplayDeps['doubts']>;
  readonly missed?: ReplayDeps['missed'];
}

/** Rooms that came to 5 here, all of it in the ring or else in `missed`; `log` is what the log holds besides. */
function replaying({ log = [], doubts = {}, missed }: Fakes = {}) {
  const state = { cursor: 5, away: false, stuck: '', reached: 0 };
  const { session, sent } = fakeSession();
  session.greet(identity);
  const enter = (id: RoomId): RoomStay => {
    const stay: RoomStay = {
      room: id,
      ...{ followed: Promise.resolve(), live: false, heldAt: undefined, muted: false, asked: 0, wanted: 0 },
      leave: () => undefined,
    };
    session.rooms.set(id, stay);
    return stay;
  };
  const lives: (number | 'late')[] = [];
  const frame = (seq: number) =>
    frameOf(seq, seq - 1, encodeEvent({ v: 1, t: 'del', r: room, u: identity.user, at: 1, c: 'c', m: 1 } as never));
  const gauges = { sockets: none, users: none, rooms: none, slow: none, held: none, inFlight: none };
  const replay = createReplay({
    hub: {
      cursor: () => state.cursor,
      newest: () => state.cursor,
      deleted: () => undefined,
      kept: (_room, seq) => {
        if (missed !== undefined) return undefined;
        const seqs = [1, 2, 3, 4, 5].filter((one) => one > seq);
        return { frames: seqs.map(frame), last: seqs.at(-1) ?? seq, whole: true };
      },
      reach: (_room, seq) => Object.assign(state, { reached: seq }),
    },
    missed: missed ?? {
      read: () => Promise.reject(new Error('the ring has it')),
      readStretch: () => Promise.reject(new Error('it is all his')),
    },
    doubts: { about: () => false, settle: async () => undefined, ...doubts },
    limits: { events: 100, bytes: 1_000_000, bufferedBytes: 1_000 },
    metrics: createEdgeMetrics(createMetrics('edge'), {
      ...gauges,
      ...{
        heldEvents: none,
        marksWaiting: none,
        presenceUsers: none,
        overloaded: none,
        queueSeconds: none,
        buffered: none,
      },
    }),
    log: {
      readRoom: async (id, from) => {
        if (state.away) throw new Failure('log_unavailable');
        if (streamOf(id, streams.length) === state.stuck) return new Promise(() => undefined);
        const found = log.filter((seq) => seq >= from).slice(0, 1);
        return found.map((seq): LoggedEvent => ({ room: id, seq, bytes: frame(seq), id: '', op: undefined }));
      },
    },
    starts: { first: async () => 1 },
    streams: { names: streams },
    live: (_session, _room, _stay, covered) => lives.push(covered),
    pace: none,
  });
  const numbers = () => sent.map(({ t, s, from, to, retry }) => (t === 'lag' ? { from, to, retry } : (s ?? t)));
  const since = (cursor: number, id = room, seen: Partial<Since> = {}) =>
    replay(session, id, enter(id), { cursor, ...seen });
  return { session, sent, state, lives, numbers, since };
}

t.test('a room in doubt is replayed behind the comparison that ends it', async (t) => {
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const { since, numbers, lives } = replaying({ doubts: { about: () => true, settle: () => settled } });
  const replayed = since(3);
  await new Promise(setImmediate);
  t.same([numbers(), lives], [[], []]);
  settle();
  await replayed;
  t.same([numbers(), lives], [[4, 5], [5]]);
});

t.test('… and who lacks nothing of it is live without one', async (t) => {
  const { since, numbers, lives } = replaying({
    doubts: { about: () => true, settle: () => t.fail('asked') as never },
  });
  await since(5);
  t.same([numbers(), lives], [[], [5]]);
});

t.test('a doubt that cannot be ended: the client pages what it lacks, later, and is live', async (t) => {
  const away = { about: () => true, settle: () => Promise.reject(new Failure('log_unavailable')) };
  const { since, numbers, lives } = replaying({ doubts: away });
  await since(3);
  t.same([numbers(), lives], [[{ from: 4, to: 5, retry: 1_000 }], [5]]);
});

t.test('what is to be paged begins behind the last that the client has, whatever of it he may not see', async (t) => {
  const away = { about: () => true, settle: () => Promise.reject(new Failure('log_unavailable')) };
  const { since, numbers } = replaying({ doubts: away });
  await since(1, room, { visible: [{ after: 3, before: noEnd }] });
  t.same(numbers(), [{ from: 2, to: 5, retry: 1_000 }]);
});

t.test('who is ahead of this edge is live when it has come as far: nothing that he has comes live again', async (t) => {
  const { since, state, lives } = replaying({ log: [8] });
  state.away = true;
  const replayed = since(8);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.same([lives, state.reached], [[], 0], 'not while the log is away either');
  state.away = false;
  await until('this edge to be told', () => state.reached === 8);
  t.same(lives, []);
  state.cursor = 8;
  await replayed;
  t.same(lives, [8]);
});

t.test('… and keeps no other room of the socket from going on, of whatever stream', async (t) => {
  const { since, state, lives } = replaying({ log: [8] });
  const rooms = Array.from({ length: 60 }, () => newId<RoomId>());
  const [stuck, healthy] = streams.map((stream) => rooms.filter((one) => streamOf(one, streams.length) === stream));
  const [atItsEnd, ...ahead] = stuck ?? [];
  t.ok(ahead.length > 8 && healthy?.[0] !== undefined, 'more than wait at once');
  state.stuck = streams[0] as string;
  for (const one of ahead) void since(8, one);
  await since(5, atItsEnd);
  t.same(lives, [5]);
  const replayed = since(8, healthy?.[0]);
  await until('this edge to be told', () => state.reached === 8);
  state.cursor = 8;
  await replayed;
  t.same(lives, [5, 8]);
});

t.test('a cursor that Gapless did not give is refused, and the room is live from here', async (t) => {
  const { since, numbers, lives } = replaying();
  await since(9);
  await new Promise(setImmediate);
  t.same([numbers(), lives], [['err'], [0]]);
});

t.test('of what a socket does not take one slice waits: what is behind it is read again, and comes once', async (t) => {
  const seqs = Array.from({ length: 40 }, (_, n) => n + 1);
  // Eight of them are a slice.
  const b = { text: 'x'.repeat(8_500) };
  const bytes = encodeEvent({ v: 1, t: 'msg', r: room, u: identity.user, at: 1, c: 'c', b } as never);
  const reads: number[] = [];
  const missed: ReplayDeps['missed'] = {
    read: async (_room, after) => {
      reads.push(after);
      return { events: seqs.filter((seq) => seq > after).map((seq) => ({ seq, bytes })), upTo: 40, unread: false };
    },
    readStretch: () => Promise.reject(new Error('it is all his')),
  };
  const { session, sent, state, lives, numbers, since } = replaying({ missed });
  state.cursor = 40;
  const { socket } = session;
  const { send } = socket;
  let waiting = 0;
  Object.assign(socket, {
    send: (frame: string | Uint8Array) => {
      waiting += frame.length;
      send(frame);
    },
    bufferedAmount: () => waiting,
  });
  const replayed = since(0);
  await wait(100);
  t.same([numbers(), reads], [seqs.slice(0, 8), [0]], 'as much as may wait in it');
  waiting = 0;
  await wait(200);
  t.same([numbers(), reads], [seqs.slice(0, 16), [0]], 'and what waited; nobody reads for who takes nothing');
  while (lives.length === 0) {
    waiting = 0;
    await wait(5);
  }
  await replayed;
  t.same(reads, [0, 16, 32]);
  t.same(numbers(), seqs);
  t.same(
    sent.map(({ p }) => p),
    seqs.map((seq) => seq - 1),
  );
  t.same(lives, [40]);
});

t.test('a slice that waits for the socket is not sent when the room was left meanwhile', async (t) => {
  const bytes = encodeEvent({ v: 1, t: 'del', r: room, u: identity.user, at: 1, c: 'c', m: 1 } as never);
  let waiting = 0;
  const missed: ReplayDeps['missed'] = {
    read: async () => {
      waiting = 10_000;
      return { events: [{ seq: 1, bytes }], upTo: 5, unread: false };
    },
    readStretch: () => Promise.reject(new Error('it is all his')),
  };
  const { session, since, numbers, lives } = replaying({ missed });
  Object.assign(session.socket, { bufferedAmount: () => waiting });
  const replayed = since(0);
  await wait(20);
  session.rooms.delete(room);
  waiting = 0;
  await replayed;
  t.same([numbers(), lives], [[], []]);
});
