import { type EventRow, eventRowId, newId, type RoomId, type SearchRow, type UserId } from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createEventWriter } from '../src/event-writer.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { createMongoSearchStore } from '../src/mongo-search-store.ts';
import { readEvent } from '../src/row.ts';
import { createSearchProjection } from '../src/search-projection.ts';
import { rebuildSearch } from '../src/search-rebuild.ts';
import { clientId, logged, message, room, user } from './events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());

const warned: object[] = [];
const logger = { warn: (about: object) => void warned.push(about) };

/** A database, and a log worker's writer on it. */
async function setting() {
  const db = client.db(`search-${newId()}`);
  const messages = createMongoMessageStore(db);
  const store = createMongoSearchStore(db);
  const search = createSearchProjection({ store, logger });
  const write = createEventWriter({
    store: messages,
    derived: [search],
    deadLetters: { put: async () => undefined },
  });
  await messages.prepare();
  await search.prepare();
  const rows = db.collection<SearchRow>('search');
  return {
    ...{ db, store, search, rows },
    events: db.collection<EventRow>('events'),
    take: (...events: ReturnType<typeof logged>[]) => write('ROOM_0', events, { patient: false }),
    row: (seq: number, of = room) => rows.findOne({ _id: eventRowId(of, seq) }),
    all: () => rows.find().sort({ _id: 1 }).toArray(),
  };
}

const sent = (seq: number, text: string, r = room) => logged(seq, message(seq, text, r), { room: r });
const change = (seq: number, fields: object, r = room) =>
  logged(seq, { v: 1, r, u: user, at: 1_700_000_000_000 + seq, c: clientId(seq), ...fields }, { room: r });
const edit = (seq: number, m: number, text: string, r = room) => change(seq, { t: 'edit', m, b: { text } }, r);
const del = (seq: number, m: number, r = room) => change(seq, { t: 'del', m }, r);
const grams = (text: string, author: UserId = user) => [authorGram(author), ...gramsOf(text)];

t.test(
  'a message is found by its grams and its author; what it says now counts, and of a deleted one nothing',
  async (t) => {
    const { take, row } = await setting();
    await take(sent(1, '서울에서 만나요'), sent(2, 'Hello there'), sent(3, 'gone'));
    t.match(await row(1), { r: room, s: 1, ver: 1, gv: gramsVersion, at: new Date(1_700_000_000_001) });
    t.same((await row(1))?.g, grams('서울에서 만나요'));
    await take(edit(4, 1, '부산에서'), del(5, 3));
    t.same((await row(1))?.g, grams('부산에서'));
    t.match(await row(1), { s: 1, ver: 4, at: new Date(1_700_000_000_001) });
    t.same(await row(3).then((found) => found && [found.g, found.ver]), [[], 5]);
    await take(edit(6, 3, 'too late'));
    t.same((await row(3))?.g, []);
    t.same((await row(2))?.g, grams('Hello there'));
  },
);

t.test('written again, in pieces and late, the rows are the same', async (t) => {
  const { take, all } = await setting();
  const events = [sent(1, 'one'), sent(2, 'two'), edit(3, 1, 'uno'), sent(4, 'four'), del(5, 2), edit(6, 1, 'eins')];
  await take(...events);
  const once = await all();
  await take(...events.slice(0, 2));
  await take(...events.slice(2));
  for (const event of events) await take(event);
  t.same(await all(), once);
  t.same(
    once.map(({ s, g, ver }) => [s, g, ver]),
    [
      [1, grams('eins'), 6],
      [2, [], 5],
      [4, grams('four'), 4],
    ],
  );
});

t.test('a writer that was overtaken puts nothing old in the place of what is new', async (t) => {
  const { take, store, row } = await setting();
  await take(sent(1, 'old'));
  const [old] = await store.messages([eventRowId(room, 1)]);
  await take(edit(2, 1, 'new'));
  if (old === undefined) throw new Error('no message');
  const stale = { _id: old.id, r: room, s: 1, at: old.at, g: grams('old'), ver: 1, gv: gramsVersion };
  await store.put([stale]);
  t.same(await store.add([stale]), [old.id]);
  t.same((await row(1))?.g, grams('new'));
});

t.test('noted behind the fold it is what it would have been beside it', async (t) => {
  const beside = await setting();
  const behind = await setting();
  const events = [sent(1, 'one'), sent(2, 'two'), edit(3, 1, 'uno'), sent(4, 'four'), del(5, 2), edit(6, 4, 'vier')];
  await beside.take(...events);
  const rows = events.flatMap((event) => {
    const read = readEvent(event);
    return 'row' in read ? [read.row] : [];
  });
  await behind.search.note(rows);
  t.same(await behind.all(), [], 'what is not written is not found');
  await behind.events.insertMany(await beside.events.find().toArray());
  for (const part of [rows.slice(4), rows.slice(0, 2), rows]) await behind.search.note(part);
  t.same(await behind.all(), await beside.all());
});

t.test('what landed twice is there once, and what is no message not at all', async (t) => {
  const { take, all } = await setting();
  await take(sent(1, 'once'));
  await take(
    logged(2, { ...message(2, 'once'), c: clientId(1) }),
    change(3, { t: 'react', m: 1, e: '👍', on: 1 }),
    change(4, { t: 'mem', op: 'join', us: [user], ver: 1, c: undefined }),
  );
  t.same(
    (await all()).map(({ s }) => s),
    [1],
  );
});

t.test('a rebuild while messages are written, edited and deleted ends as a projection made from nothing', async (t) => {
  const live = await setting();
  const others = Array.from({ length: 3 }, () => newId<RoomId>());
  const rooms = [room, ...others];
  let seq = 0;
  const talk = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      for (const r of rooms) {
        const m = ++seq;
        await live.take(sent(m, `말 ${m} word${m}`, r));
        if (m % 3 === 0) await live.take(edit(++seq, m, `고친 말 ${m}`, r));
        if (m % 5 === 0) await live.take(del(++seq, m, r));
      }
    }
  };
  await talk(12);
  // As older rules had left it.
  await live.rows.updateMany({}, { $set: { g: ['old'], gv: 0 } });
  await live.rows.deleteMany({ s: { $lt: 6 } });
  await live.rows.updateMany({ s: { $gt: 40 } }, { $set: { gv: gramsVersion } });
  let pages = 0;
  const meanwhile = async () => {
    pages++;
    await talk(1);
    if (pages === 4) throw new Error('broken off');
  };
  await t.rejects(rebuildSearch({ store: live.store, rest: meanwhile, pageEvents: 10 }), { message: 'broken off' });
  t.not(await live.store.reached(gramsVersion), '');
  const counts: number[] = [];
  const left = await rebuildSearch(
    { store: live.store, rest: async () => (pages++ < 8 ? talk(1) : undefined), pageEvents: 10 },
    (count) => counts.push(count),
  );
  t.same(counts.at(-1), left);
  t.ok(left < seq, 'it went on where it was');

  const anew = await setting();
  await anew.events.insertMany(await live.events.find().toArray());
  await rebuildSearch({ store: anew.store, rest: async () => undefined });
  t.same(await live.all(), await anew.all());
  t.ok((await live.all()).length > 60);
  t.equal(await live.store.reached(gramsVersion), '', 'the next one begins at the beginning');
});

t.test('a rebuild that was broken off is not gone on with when nobody knows what became of it', async (t) => {
  const { db, take, store, rows } = await setting();
  await take(sent(1, 'one'), sent(2, 'two'));
  const state = db.collection<{ _id: string }>('search_state');
  const rebuild = (fromStart = false) => rebuildSearch({ store, rest: async () => undefined, fromStart });
  const breakOff = () => store.noteReached(gramsVersion, eventRowId(room, 1));
  await breakOff();
  t.equal(await rebuild(), 1, 'it goes on');
  await breakOff();
  t.equal(await rebuild(true), 2, 'as is asked for');
  await breakOff();
  await state.updateOne({ _id: 'rebuild' }, { $set: { at: new Date(Date.now() - 2 * 86_400_000) } });
  t.equal(await rebuild(), 2, 'it is long ago');
  await breakOff();
  await rows.deleteMany({});
  t.equal(await rebuild(), 2, 'nothing is left of it');
  t.equal(await rows.countDocuments(), 2);
});

t.test('a worker says once that a rebuild is due: where there are messages by other rules, or by none', async (t) => {
  const { db, take, store, search } = await setting();
  warned.length = 0;
  await take(sent(1, 'x'));
  await search.prepare();
  t.same(warned, [], 'an installation that begins with these rules needs none');
  await db.collection('search_state').deleteMany({});
  const later = createSearchProjection({ store, logger });
  await later.prepare();
  await later.prepare();
  t.same(warned, [{ rules: undefined, wanted: gramsVersion }]);
  await rebuildSearch({ store, rest: async () => undefined });
  await createSearchProjection({ store, logger }).prepare();
  t.equal(warned.length, 1);
  await search.noteMissed();
  await createSearchProjection({ store, logger }).prepare();
  t.same(warned.splice(1), [{ rules: undefined, wanted: gramsVersion }], 'or where some could not be noted');
  await store.noteRebuilt(gramsVersion - 1);
  await createSearchProjection({ store, logger }).prepare();
  t.same(warned[1], { rules: gramsVersion - 1, wanted: gramsVersion });
});
