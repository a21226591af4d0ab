import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import type { RoomStore } from '../../src/domain/rooms/room-store.ts';
import { createMyRoomsSearch } from '../../src/domain/search/my-rooms-search.ts';
import { readPositions, writePositions } from '../../src/domain/search/search-cursor.ts';
import { collectHits, createSearchTurns, gramsFor, type Hit, readSought } from '../../src/domain/search/search-hits.ts';
import type { Candidate, Stretch } from '../../src/domain/search/search-store.ts';
import {
  candidatesAtOnce,
  createSearchWalk,
  type Place,
  type Positions,
  type Source,
} from '../../src/domain/search/search-walk.ts';

const grams = { by: 'x', others: [] };
const isLate = () => false;

/** Rooms of several streams, of which each numbers its own; time goes on over all of them. */
function aWorld(streams: number, rooms: number, messages: number, hasAll: (n: number) => boolean) {
  const ids = Array.from({ length: rooms }, () => newId<RoomId>());
  const streamOf = (room: RoomId) => `ROOM_${ids.indexOf(room) % streams}`;
  const numbers = new Map<string, number>();
  const all: Candidate[] = [];
  for (let n = 0; n < messages; n++) {
    const room = ids[(n * 7) % rooms] as RoomId;
    const seq = (numbers.get(streamOf(room)) ?? 0) + 1;
    numbers.set(streamOf(room), seq);
    all.push({ room, seq, at: new Date(n), hasAll: hasAll(n) });
  }
  const sources = new Map<string, Stretch[]>();
  for (const room of ids) {
    sources.set(streamOf(room), [...(sources.get(streamOf(room)) ?? []), { room, after: 0, before: 1e9 }]);
  }
  const store = {
    newest: async (stretches: readonly Stretch[], _: unknown, limit: number) =>
      all
        .filter(({ room, seq }) => stretches.some((one) => one.room === room && seq > one.after && seq < one.before))
        .sort((a, b) => b.seq - a.seq)
        .slice(0, limit),
  };
  const list: Source[] = [...sources].map(([stream, stretches]) => ({ stream, stretches }));
  return { walk: createSearchWalk(store), sources: list, newestFirst: all.toReversed() };
}

const toHit = ({ room, seq }: Place) => ({ room, message: { seq }, places: [] }) as unknown as Hit;
const place = ({ room, seq }: Place) => `${room}:${seq}`;

for (const [what, world, limit] of [
  ['one stream', aWorld(1, 5, 700, () => true), 40],
  ['eight streams and more rooms than one question takes', aWorld(8, 1_000, 3_000, () => true), 100],
  ['streams in which much has to be looked at in vain', aWorld(3, 12, 9_000, (n) => n % 501 === 0), 4],
  ['nothing to be found', aWorld(3, 12, 4_000, () => false), 4],
] as const) {
  t.test(`over ${what} every page goes on where the one before ended, by time, each once`, async (t) => {
    const { walk, sources, newestFirst } = world;
    const found: string[] = [];
    let positions: Positions = new Map();
    for (let page = 0; page < 2_000; page++) {
      const next = (from: Positions) => walk(sources, grams, from);
      const looked = await collectHits(next, async (places) => places.map(toHit), { from: positions, limit, isLate });
      t.ok(looked.hits.length <= limit);
      found.push(...looked.hits.map(({ room, message }) => place({ room, seq: message.seq })));
      positions = readPositions(writePositions(looked.positions));
      if ([...positions.values()].every((position) => position === 0)) break;
    }
    t.same(found, newestFirst.filter(({ hasAll }) => hasAll).map(place));
  });
}

t.test('what says it no more makes a page short, never wrong', async (t) => {
  const { walk, sources, newestFirst } = aWorld(2, 4, 2 * candidatesAtOnce, () => true);
  const isKept = ({ seq }: Place) => seq % 10 === 0;
  const looked = await collectHits(
    (from) => walk(sources, grams, from),
    async (places) => places.filter(isKept).map(toHit),
    { from: new Map(), limit: 1_000, isLate },
  );
  t.same(
    looked.hits.map(({ room, message }) => place({ room, seq: message.seq })),
    newestFirst.filter(isKept).map(place),
  );
});

t.test('the rarest gram is the one that is looked for, the author among them', async (t) => {
  const counts: Readonly<Record<string, number>> = { 서울: 90, 울에: 3, 에서: 70 };
  const author = newId<UserId>();
  const store = { frequencies: async (_: unknown, all: readonly string[]) => all.map((gram) => counts[gram] ?? 200) };
  const chosen = await gramsFor(store, [], readSought('서울에서', author));
  t.same(chosen, { by: '울에', others: [`by:${author}`, '서울', '에서'] });
});

/** One request over a world of which nothing says what its grams promise. */
function aVainTurn(unwritten: () => Promise<[]>, now: () => number = () => 0) {
  const reads = { watermark: 0, at: 0, unwritten: 0 };
  const rows = {
    watermark: async () => {
      reads.watermark++;
      return 0;
    },
    at: async () => {
      reads.at++;
      return [];
    },
  };
  const turn = createSearchTurns({
    rows,
    unwritten: () => {
      reads.unwritten++;
      return unwritten();
    },
    clock: { now },
  });
  return { reads, turn };
}

t.test(
  'what a page of one costs has a bound: the end of a room is read once, and many messages at a time',
  async (t) => {
    const { walk, sources } = aWorld(1, 1, 3_000, () => true);
    const { reads, turn } = aVainTurn(async () => []);
    const sought = readSought('foo-', undefined);
    const { find, isLate: isOver } = turn();
    const looked = await collectHits(
      (from) => walk(sources, grams, from),
      (places) => find(places, sought),
      { from: new Map(), limit: 1, isLate: isOver },
    );
    t.same(looked, { hits: [], positions: new Map([['ROOM_0', 3_000 - 5 * candidatesAtOnce + 1]]) });
    t.same(reads, { watermark: 1, at: 30, unwritten: 1 });
  },
);

t.test('a log that is away is waited for once, not by each room', async (t) => {
  const { walk, sources } = aWorld(1, 40, 300, () => true);
  const { reads, turn } = aVainTurn(() => Promise.reject(new Failure('log_unavailable')));
  const { find } = turn();
  const { candidates } = await walk(sources, grams, new Map());
  t.same(await find(candidates, readSought('foo', undefined)), []);
  t.equal(reads.at, 40);
  t.ok(reads.unwritten <= 8, 'those that are asked at once');
});

t.test('late, a page ends where it came to, and the next one goes on from there', async (t) => {
  const { walk, sources } = aWorld(2, 4, 400, () => true);
  let now = 0;
  const { turn } = aVainTurn(
    async () => [],
    () => now,
  );
  const seen: string[] = [];
  let positions: Positions = new Map();
  let pages = 0;
  do {
    const { isLate: isOver } = turn();
    const looked = await collectHits(
      (from) => walk(sources, grams, from),
      async (places) => {
        now += 10_000;
        seen.push(...places.map(place));
        return [];
      },
      { from: positions, limit: 1, isLate: isOver },
    );
    positions = looked.positions;
    pages++;
  } while ([...positions.values()].some((position) => position > 0));
  t.ok(pages >= 8, `${pages}`);
  t.equal(seen.length, 400);
  t.equal(new Set(seen).size, 400, 'nothing is looked at twice');
});

t.test('a walk over my rooms ends, also when I have left those of a stream on the way', async (t) => {
  const { walk, sources } = aWorld(3, 3, 30, () => true);
  const left = sources.slice(1);
  const streamOf = (room: RoomId) => sources.find(({ stretches }) => stretches[0]?.room === room)?.stream ?? '';
  const memberships = left.map(({ stretches }) => ({ room: stretches[0]?.room, history: 'all' }));
  const search = createMyRoomsSearch({
    rooms: {
      membershipsOf: async () => memberships,
      activity: async (rooms: readonly RoomId[]) => new Map(rooms.map((room) => [room, {}])),
    } as unknown as Pick<RoomStore, 'membershipsOf' | 'activity'>,
    store: { newest: async () => [], frequencies: async () => [] },
    walk,
    turn: aVainTurn(async () => []).turn,
    streamOf,
    limits: { userRooms: 10 },
  });
  const cursor = writePositions(new Map(sources.map(({ stream }) => [stream, 5])));
  t.same(await search(newId<UserId>(), { query: 'foo', cursor, limit: 3 }), { items: [] });
});

t.test('where a page ends is said of as many streams as there may be', async (t) => {
  const most = new Map(Array.from({ length: 200 }, (_, n) => [`ROOM_${n}`, 4e12 + n]));
  const cursor = writePositions(most);
  t.ok(cursor.length <= 2_000, `${cursor.length}`);
  t.same(readPositions(cursor), most);
  const endless = Buffer.from([...Array(1_000).fill(255), 127, 1]).toString('base64url');
  for (const wrong of ['', '!', 'AA', 'gA', 'AAEAAQ', '_____________w', endless, `${cursor}=`, `${cursor}AA`]) {
    t.throws(() => readPositions(wrong), { message: new Failure('invalid_cursor').message }, wrong.slice(-16));
  }
});
