import type { LoggedEvent, Replica } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createMissedEvents } from '../src/missed-events.ts';
import { wait } from './start-edge.ts';

const room = newId<RoomId>();

/** A log of which a follower may be behind, and a MongoDB that may be away. */
function sources(over: { log?: number[]; behind?: number; first?: number; stored?: number[] } = {}) {
  const asked: string[] = [];
  const state = {
    log: [] as number[],
    behind: 0,
    first: 1,
    stored: [] as number[],
    written: 0,
    storeAway: false,
    now: 0,
    ...over,
  };
  const logged = (seq: number, n: number, { length }: readonly number[]): LoggedEvent => {
    return { room, seq, bytes: new Uint8Array([seq]), id: '', op: undefined, pending: length - 1 - n };
  };
  const missed = createMissedEvents({
    eventsARead: 256,
    clock: { now: () => state.now },
    log: {
      readRoom: async (_room, from, limit, replica: Replica = 'any') => {
        asked.push(replica);
        await wait(1);
        const known = replica === 'leader' ? state.log : state.log.slice(0, state.log.length - state.behind);
        return known
          .filter((seq) => seq >= Math.max(from, state.first))
          .map(logged)
          .slice(0, limit);
      },
    },
    starts: {
      first: async () => {
        asked.push('first');
        return state.first;
      },
    },
    commands: {
      call: async (name, payload) => {
        asked.push(name);
        await wait(1);
        if (state.storeAway) throw new Failure('store_unavailable');
        const { after, before } = payload as { after: number; before: number };
        const ev = state.stored.filter((seq) => seq > after && seq < before).map((seq) => [seq, `${seq}`]);
        return { ev, upTo: before - 1, w: state.written };
      },
    },
  });
  const read = async (after: number, known = 100, newest?: number) => {
    const { events, upTo, unread } = await missed.read(room, after, known, newest);
    return { seqs: events.map(({ seq }) => seq), upTo, unread };
  };
  const readStretch = async (after: number, end: number) => {
    const { events, upTo, unread } = await missed.readStretch(room, after, { end, newest: 9 });
    return { seqs: events.map(({ seq }) => seq), upTo, unread };
  };
  return { read, readStretch, asked, state };
}

t.test('the log covers a cursor whose own event it still holds: no other question is put', async (t) => {
  const { read, asked } = sources({ log: [3, 5, 7], first: 2 });
  t.strictSame(await read(3), { seqs: [5, 7], upTo: 7, unread: false });
  t.strictSame(asked, ['any']);
});

t.test('where that event is gone the beginning of the stream is asked behind the read', async (t) => {
  const { read, asked, state } = sources({ log: [5, 7], first: 4, stored: [3, 5, 7] });
  t.strictSame(await read(3), { seqs: [5, 7], upTo: 7, unread: false });
  t.strictSame(asked, ['any', 'first']);
  state.first = 6;
  t.strictSame(await read(3), { seqs: [5], upTo: 5, unread: false }, 'what the log forgot comes from MongoDB');
  t.strictSame(await read(5), { seqs: [7], upTo: 7, unread: false });
  state.storeAway = true;
  t.strictSame(await read(2), { seqs: [], upTo: 5, unread: true }, 'which may be away');
});

t.test('a store that gives no answer keeps nobody waiting for his turn: it is not asked for a moment', async (t) => {
  const { read, asked, state } = sources({ first: 100, stored: [99] });
  state.storeAway = true;
  const found = await Promise.all(Array.from({ length: 40 }, (_, after) => read(after)));
  t.ok(found.every(({ unread }) => unread));
  const questions = () => asked.filter((name) => name === 'events.range').length;
  t.equal(questions(), 16, 'as many as are asked at once');
  state.storeAway = false;
  state.now += 999;
  t.ok((await read(50)).unread);
  state.now += 1;
  t.strictSame(await read(50), { seqs: [99], upTo: 99, unread: false });
  t.equal(questions(), 17);
});

t.test('a follower that is behind is not believed: in the end the leader is asked', async (t) => {
  const { read, asked } = sources({ log: [3, 5], behind: 1 });
  t.strictSame(await read(3), { seqs: [5], upTo: 5, unread: false });
  t.equal(asked.filter((one) => one === 'any').length, 4);
  t.equal(asked.at(-1), 'leader');
});

t.test('nor is one that has some of it, and not the newest: that may be the deletion of what it shows', async (t) => {
  const { read, asked, state } = sources({ log: [3, 5, 7], behind: 1 });
  t.strictSame(await read(3, 7, 7), { seqs: [5, 7], upTo: 7, unread: false });
  t.strictSame(asked.splice(0), ['any', 'any', 'any', 'any', 'leader']);
  state.log = Array.from({ length: 300 }, (_, n) => n + 3);
  t.equal((await read(3, 302, 302)).upTo, 258, 'one that has more behind it is not');
  t.strictSame(asked.splice(0), ['any']);
  t.strictSame(await read(301, 302, 302), { seqs: [302], upTo: 302, unread: false });
});

t.test('what neither log nor MongoDB holds is passed over; MongoDB alone may know it', async (t) => {
  const { read, state } = sources({ log: [3] });
  t.strictSame(await read(3, 9), { seqs: [], upTo: 9, unread: false });
  state.stored = [8];
  t.strictSame(await read(3, 9), { seqs: [8], upTo: 9, unread: false });
});

t.test('the same question of many is put once', async (t) => {
  const { read, asked } = sources({ log: [3, 5] });
  const answers = await Promise.all(Array.from({ length: 50 }, () => read(3)));
  t.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  t.strictSame(asked, ['any']);
});

t.test('who asks later shares no old read: what was deleted since is not masked in it', async (t) => {
  const { read, asked, state } = sources({ log: [3, 5] });
  const early = read(3);
  state.log = [3, 5, 7];
  state.now += 250;
  const same = read(3);
  state.now += 1;
  const late = [read(3), read(3)];
  t.equal(asked.length, 2);
  t.equal(await same.then(({ upTo }) => upTo), (await early).upTo);
  for (const one of late) t.equal((await one).upTo, 7);
});

t.test(
  'a stretch is read where deletions behind it are known: from MongoDB as far as it is written, then from the log',
  async (t) => {
    const { readStretch, asked, state } = sources({ log: [3, 5, 7, 9], stored: [3, 5, 8] });
    state.written = 6;
    t.strictSame(await readStretch(2, 8), { seqs: [3, 5], upTo: 6, unread: false }, 'above it there may be holes');
    t.strictSame(asked.splice(0), ['events.range'], 'nothing behind it was read');
    t.strictSame(await readStretch(6, 8), { seqs: [7], upTo: 8, unread: false });
    state.behind = 1;
    t.strictSame(await readStretch(6, 8), { seqs: [7], upTo: 8, unread: false });
    t.ok(asked.includes('leader'), 'a deletion may be what a follower lacks');
    state.log.pop();
    t.strictSame(await readStretch(6, 8), { seqs: [], upTo: 8, unread: true }, 'and what the leader lacks');
    state.storeAway = true;
    t.strictSame(await readStretch(2, 8), { seqs: [], upTo: 8, unread: true });
  },
);
