import {
  type EventRow,
  eventRowId,
  newId,
  type PinRow,
  type ReactionRow,
  type ThreadRow,
  type UserId,
} from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { lastMessages } from '../src/message-store.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { readEvent } from '../src/row.ts';
import { clientId, logged, message, room, user } from './events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());
const db = client.db('folding');
const store = createMongoMessageStore(db);
await store.prepare();
const events = db.collection<EventRow>('events');
const reactions = db.collection<ReactionRow>('reactions');
const rooms = db.collection<{ _id: string }>('rooms');
const pins = db.collection<PinRow>('pins');
const threads = db.collection<ThreadRow>('threads');
t.beforeEach(async () => {
  for (const all of [events, reactions, rooms, pins, threads, db.collection('outbox')]) await all.deleteMany({});
});

const other = newId<UserId>();
const change = (seq: number, fields: object): EventRow => {
  const event = { v: 1, r: room, u: user, at: 1_700_000_000_000 + seq, c: clientId(seq), ...fields };
  const read = readEvent(logged(seq, event));
  if (!('row' in read)) throw new Error(read.reason);
  return read.row;
};
const sent = (seq: number, text = `text ${seq}`) => change(seq, { t: 'msg', b: { text } });
const edit = (seq: number, m: number, text: string, u = user) => change(seq, { t: 'edit', m, b: { text }, u });
const del = (seq: number, m: number, u = user) => change(seq, { t: 'del', m, u });
const react = (seq: number, m: number, e: string, on: 0 | 1, u = user) => change(seq, { t: 'react', m, e, on, u });
const pin = (seq: number, m: number, on: 0 | 1, u = user) => change(seq, { t: 'pin', m, on, u });
const link = (seq: number, m: number, url: string) =>
  change(seq, { t: 'link', m, l: { url, title: `title of ${url}` }, c: undefined });
const reply = (seq: number, re: number, u = user, more: object = {}) =>
  change(seq, { t: 'msg', b: { text: `reply ${seq}` }, re, u, ...more });
const at = (seq: number) => events.findOne({ _id: eventRowId(room, seq) });

/** As the consumer does it. */
async function take(...rows: EventRow[]) {
  const { duplicates } = await store.write(rows);
  await store.noteLast(lastMessages(rows, duplicates));
  const { orphans } = await store.fold(rows);
  await store.hide(rows, duplicates);
  return orphans;
}

t.test(
  'an edit becomes what the message says; the newest one counts, in whatever order they are written',
  async (t) => {
    await take(sent(1), edit(2, 1, 'second'));
    t.match(await at(1), { cur: { text: 'second' }, ver: 2, ed: new Date(1_700_000_000_002) });
    t.match(JSON.parse((await at(1))?.raw ?? ''), { b: { text: 'text 1' } }, 'what was sent stays as it was sent');
    await take(edit(4, 1, 'fourth'), edit(3, 1, 'third'));
    await take(edit(2, 1, 'second'));
    t.match(await at(1), { cur: { text: 'fourth' }, ver: 4 });
  },
);

t.test("nobody else's edit counts", async (t) => {
  const orphans = await take(sent(1), edit(2, 1, 'not mine', other));
  t.match(await at(1), { cur: { text: 'text 1' }, ver: 1 });
  t.equal(orphans.size, 0);
});

t.test('a deletion takes the text out of the message and of its edits, before and after it, for good', async (t) => {
  await take(sent(1, 'secret one'), edit(2, 1, 'secret two'));
  await take(del(3, 1, other), edit(4, 1, 'secret three'));
  await take(edit(5, 1, 'secret four'));
  await take(sent(1, 'secret one'), edit(2, 1, 'secret two'), del(3, 1, other));
  const row = await at(1);
  t.match(row, { del: true, c: clientId(1) });
  t.notOk(row?.cur);
  const all = await events.find().toArray();
  t.equal(all.length, 5);
  t.notMatch(JSON.stringify(all), /secret/);
  t.match(JSON.parse(row?.raw ?? ''), { t: 'msg', u: user, c: clientId(1), b: { text: '' }, del: 1 });
});

t.test('a reaction is as its highest event left it, each member and emoji by itself', async (t) => {
  await take(sent(1), react(2, 1, '👍', 1), react(3, 1, '👍', 1, other), react(4, 1, '$set.x', 1));
  await take(react(6, 1, '👍', 0), react(5, 1, '👍', 1));
  await take(react(2, 1, '👍', 1));
  const found = await reactions.find().sort({ ver: 1 }).toArray();
  t.match(found, [
    { u: other, e: '👍', on: true, ver: 3 },
    { u: user, e: '$set.x', on: true, ver: 4 },
    { u: user, e: '👍', on: false, ver: 6 },
  ]);
  t.equal(found.length, 3);
});

t.test('an edit changes what it names of a body and a deletion takes all of it', async (t) => {
  const body = { text: 'text', custom: { secret: 1 }, quote: 1 };
  await take(sent(1), change(2, { t: 'msg', b: body }), change(3, { t: 'edit', m: 2, b: { ...body, text: 'new' } }));
  t.same((await at(2))?.cur, { ...body, text: 'new' });
  await take(del(4, 2));
  t.notMatch(JSON.stringify(await events.find({ s: { $in: [2, 3] } }).toArray()), /secret|quote|text"/);
});

t.test('a message is pinned as the highest event left it, and not at all once it is deleted', async (t) => {
  await take(sent(1), sent(2), sent(3), pin(4, 1, 1), pin(5, 2, 1, other), pin(6, 1, 0, other));
  await take(pin(4, 1, 1));
  const shown = () => pins.find({ r: room, on: true }).sort({ ver: 1 }).toArray();
  t.match(await shown(), [{ m: 2, u: other, ver: 5 }]);
  t.match(await pins.findOne({ m: 1 }), { on: false, u: other, ver: 6 });
  await take(pin(7, 3, 1), del(8, 2), del(9, 3));
  t.same(await pins.find({ m: { $in: [2, 3] } }).toArray(), []);
  await take(pin(5, 2, 1, other), pin(10, 3, 1));
  t.same(await shown(), [], 'a pin that comes late pins nothing that is deleted');
});

t.test(
  'a thread counts replies that are there and names who wrote the last ones, in whatever order they come',
  async (t) => {
    const [a, b, c] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
    const thread = () => threads.findOne({ _id: eventRowId(room, 1) });
    const first = [sent(1), reply(2, 1, a), reply(3, 1, b), sent(4), reply(5, 1, c), reply(6, 1, c)];
    await take(...first);
    t.match(await thread(), { r: room, m: 1, n: 4, last: { s: 6, u: c }, users: [c, b, a], ver: 6 });
    await take(reply(7, 1, user), del(8, 3));
    const eight = await thread();
    t.match(eight, { n: 4, last: { s: 7, u: user }, users: [user, c, a], ver: 8 });
    await take(...first);
    await take(reply(7, 1, user), del(8, 3));
    t.same(await thread(), eight, 'written again it is the same');
    await take(del(10, 3), del(11, 2), del(12, 5), del(13, 6), del(14, 7));
    const none = await thread();
    t.match(none, { n: 0, users: [], ver: 14 });
    t.notOk(none?.last);
    await take(reply(9, 1, b));
    t.match(await thread(), { n: 1, users: [b], ver: 14 }, 'what comes late counts all the same');
  },
);

t.test('a version of a thread says nothing of what is above it, though it be written', async (t) => {
  await take(sent(1), reply(2, 1), reply(3, 1, other));
  await store.write([reply(5, 1), del(6, 2)]);
  await events.updateOne({ _id: eventRowId(room, 2) }, { $set: { del: true, ver: 6 } });
  await take(reply(4, 1, other));
  t.match(await threads.findOne({ m: 1 }), { n: 3, last: { s: 4 }, users: [other, user], ver: 4 });
  await take(reply(5, 1), del(6, 2));
  t.match(await threads.findOne({ m: 1 }), { n: 3, last: { s: 5 }, ver: 6 });
});

t.test('a reply that landed twice counts once, and counting reads no rows', async (t) => {
  await take(sent(1), reply(2, 1));
  await take(change(3, { t: 'msg', b: { text: 'reply 2' }, re: 1, c: clientId(2) }));
  t.match(await threads.findOne({ m: 1 }), { n: 1, last: { s: 2 } });
  t.notOk((await at(3))?.th);
  const pipeline = [
    { $match: { th: { $in: [eventRowId(room, 1)] }, s: { $lte: 9 } } },
    { $group: { _id: '$u', n: { $sum: 1 }, last: { $max: '$at' } } },
  ];
  const plan = JSON.stringify(await events.aggregate(pipeline).explain('queryPlanner'));
  t.match(plan, /"indexName":"replies"/);
  t.notMatch(plan, /COLLSCAN|"FETCH"/);
});

t.test('a preview belongs to the text that has its link, and goes with it', async (t) => {
  const url = 'https://example.org/a';
  const shown = async () => (await at(1))?.link;
  await take(sent(1, `see ${url}.`), link(2, 1, url));
  t.same(await shown(), { url, title: `title of ${url}` });
  await take(edit(3, 1, `do see ${url}`));
  t.ok(await shown(), 'an edit that keeps the link keeps it');
  await take(edit(4, 1, 'see nothing'), link(5, 1, url));
  t.notOk(await shown(), 'one that comes behind another text is of no use');
  await take(edit(6, 1, url), link(7, 1, url));
  t.ok(await shown());
  await take(del(8, 1), link(9, 1, url));
  t.notMatch(JSON.stringify(await events.find().toArray()), /title of|example\.org/);
});

t.test('a reply is the last message of its room only where it is shown there', async (t) => {
  await rooms.insertOne({ _id: room });
  await take(sent(1), reply(2, 1));
  t.match(await rooms.findOne({ _id: room }), { last: { s: 1 } });
  await take(reply(3, 1, user, { also: 1 }), reply(4, 1));
  t.match(await rooms.findOne({ _id: room }), { last: { s: 3, text: 'reply 3' } });
});

t.test('the message may be in the same batch; one that is nowhere is told', async (t) => {
  t.same(await take(edit(9, 8, 'x'), sent(8), del(7, 3), react(6, 3, '👍', 1)), new Set([7, 6]));
  t.match(await at(8), { cur: { text: 'x' } });
  t.equal(await reactions.countDocuments(), 0);
});

t.test('the last message of a room follows its edits and its deletion, however often they come', async (t) => {
  await rooms.insertOne({ _id: room });
  const last = async () => (await rooms.findOne({ _id: room })) as unknown as { last: { s: number; text: string } };
  await take(sent(1), sent(2), edit(3, 2, 'a later text'), edit(4, 1, 'not the last'));
  t.match(await last(), { last: { s: 2, text: 'a later text' } });
  await take(sent(1), sent(2), edit(3, 2, 'a later text'));
  t.match(await last(), { last: { s: 2, text: 'a later text' } });
  await take(edit(6, 2, 'never shown'), del(5, 2));
  t.match(await last(), { last: { s: 2, text: '' } });
  await take(sent(7));
  t.match(await last(), { last: { s: 7, text: 'text 7' } });
});

t.test('a message that landed twice is taken back once, by an event that names the first', async (t) => {
  await take(sent(1));
  const again = change(5, { t: 'msg', b: { text: 'text 1' }, c: clientId(1) });
  await take(again);
  await take(again);
  const left = await db.collection<{ _id: string; event: string }>('outbox').find().toArray();
  t.equal(left.length, 1);
  t.match(JSON.parse(left[0]?.event ?? ''), { t: 'del', r: room, u: user, m: 5, dupOf: 1 });
  t.match(await at(5), { dupOf: 1, dc: clientId(1) });
});

t.test('what is no whole change can never be written', async (t) => {
  const base = { ...message(9), b: undefined };
  for (const fields of [
    { t: 'edit', b: { text: 'x' } },
    { t: 'edit', m: 9, b: { text: 'x' } },
    { t: 'edit', m: 0, b: { text: 'x' } },
    { t: 'edit', m: 1 },
    { t: 'del', m: '1' },
    { t: 'react', m: 1, e: '', on: 1 },
    { t: 'react', m: 1, e: 'a b', on: 1 },
    { t: 'react', m: 1, e: '👍', on: true },
    { t: 'react', m: 1, e: '👍', on: 1, c: undefined },
    { t: 'pin', m: 1, on: 2 },
    { t: 'pin', m: 9, on: 1 },
    { t: 'link', m: 1 },
    { t: 'link', m: 1, l: { url: 1, title: 'x' } },
  ]) {
    t.same(readEvent(logged(9, { ...base, ...fields })), { reason: 'wrong_shape' }, JSON.stringify(fields));
  }
});
