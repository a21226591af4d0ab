import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { readPositions, writePositions } from '../../src/domain/search-cursor.ts';
import { collectHits, gramsFor, type Hit, readSought } from '../../src/domain/search-hits.ts';
import type { Candidate, Stretch } from '../../src/domain/search-store.ts';
import {
  candidatesAtOnce,
  createSearchWalk,
  type Place,
  type Positions,
  type Source,
} from '../../src/domain/search-walk.ts';

const grams = { by: 'x', others: [] };

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
      const looked = await collectHits(next, async (places) => places.map(toHit), { from: positions, limit });
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
    { from: new Map(), limit: 1_000 },
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
