import { noteBegun } from '@gapless/shared/outbox';
import { newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { runOffice } from '../src/dead-letter-office.ts';
import { createEventWriter } from '../src/event-writer.ts';
import { createMongoDeadLetters } from '../src/mongo-dead-letters.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { clientId, logged, message, room, user } from './events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());
const db = client.db('dead');
const store = createMongoMessageStore(db);
const letters = createMongoDeadLetters(db);
await Promise.all([store.prepare(), letters.prepare()]);
const write = createEventWriter({ store, derived: [], deadLetters: letters });
const events = db.collection<{ _id: string; s: number; cur?: { text: string } }>('events');
const rows = db.collection<{ _id: string }>('dead_letters');
const acts = db.collection('audit');
t.beforeEach(async () => {
  for (const all of [events, rows, acts]) await all.deleteMany({});
});

const edit = (seq: number, m: number, text: string) =>
  logged(seq, { v: 1, t: 'edit', r: room, u: user, at: 1_700_000_000_000 + seq, c: clientId(seq), m, b: { text } });
const stored = async () => (await events.find().sort({ s: 1 }).toArray()).map(({ s }) => s);

async function office(...args: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const again = createEventWriter({ store, derived: [], deadLetters: { put: async () => undefined } });
  const noted = (target: string) =>
    noteBegun(db, { command: 'letters.retry', target, at: new Date(), machine: 'here', keptMs: 60_000 });
  const code = await runOffice(args, { office: letters, write: again, noted, say: (line) => lines.push(line) });
  return { code, said: lines.join('\n') };
}

/** Whatever an operator's rule is for, it comes to this: MongoDB says no to a document. */
const refuseTexts = (pattern: string) =>
  db.command({ collMod: 'events', validator: { 'cur.text': { $not: { $regex: pattern } } } });
const refuseNothing = () => db.command({ collMod: 'events', validator: {} });

t.test('what a rule of the database refuses blocks nobody, and goes in when the rule is gone', async (t) => {
  await refuseTexts('^text 2$');
  await write(
    'ROOM_0',
    [1, 2, 3].map((n) => logged(n, message(n))),
    { patient: true },
  );
  await write('ROOM_0', [edit(4, 2, 'edited'), edit(5, 3, 'edited too')], { patient: false });
  t.same(await stored(), [1, 3, 4, 5]);
  const listed = await office('list');
  t.equal(listed.code, 0);
  t.match(
    listed.said,
    /ROOM_0:0000000000000002 .* refused: .*\nROOM_0:0000000000000004 .* no_target: .*\n2 dead letters/,
  );
  t.notMatch(listed.said, /text 2|edited/, 'nothing of what people wrote');
  t.match(await office('requeue', '--all'), { code: 1, said: /0 written, 2 left/ });

  await refuseNothing();
  t.match(await office('requeue', '--all'), { code: 0, said: /2 written, 0 left/ });
  t.same(await stored(), [1, 2, 3, 4, 5]);
  t.match(await events.findOne({ s: 2 }), { cur: { text: 'edited' }, ver: 4 });
  t.match(await rows.find().toArray(), [
    { tries: 2, settledAt: Date, triedAt: Date },
    { tries: 2, settledAt: Date, triedAt: Date },
  ]);
  t.match(await office('list'), { code: 0, said: 'no dead letters' });
  t.equal(await letters.waiting(), 0);
});

t.test('so does an edit or a reaction that is refused', async (t) => {
  await refuseTexts('^never$');
  const react = { v: 1, t: 'react', r: room, u: user, at: 1_700_000_000_003, c: clientId(3), m: 1, e: '👍', on: 1 };
  await db.createCollection('reactions').catch(() => undefined);
  await db.command({ collMod: 'reactions', validator: { e: { $ne: '👍' } } });
  await write('ROOM_0', [logged(1, message(1)), edit(2, 1, 'never'), logged(3, react)], { patient: true });
  t.match(await office('list'), { said: /0002 .* refused(.|\n)*0003 .* refused/ });
  t.same(await stored(), [1, 2, 3]);
  await Promise.all([refuseNothing(), db.command({ collMod: 'reactions', validator: {} })]);
  t.match(await office('requeue', '--all'), { code: 0, said: /2 written/ });
  t.match(await events.findOne({ s: 1 }), { cur: { text: 'never' } });
  t.match(await db.collection('reactions').findOne(), { e: '👍', on: true });
});

t.test('what still cannot be written stays, with the reason of the last try', async (t) => {
  await letters.put('ROOM_0', [{ event: edit(9, 8, 'x'), reason: 'refused' }]);
  const id = 'ROOM_0:0000000000000009';
  t.match(await office('requeue', id), { code: 1, said: /not written: changes a message that is not there/ });
  t.match(await rows.findOne({ _id: id }), { reason: 'no_target', tries: 1, waits: true });
  await write('ROOM_0', [logged(8, message(8))], { patient: true });
  t.match(await office('requeue', id), { code: 0, said: /written/ });
  t.match(await office('requeue', id), { code: 1, said: /no dead letter of that name waits/ });
  t.match(await events.findOne({ s: 8 }), { cur: { text: 'x' } });
  const audited = { by: 'operator', cmd: 'letters.retry', on: [id], from: 'here' };
  const tried = await acts.find().sort({ _id: 1 }).toArray();
  t.match(tried, [
    { ...audited, end: 'no_target' },
    { ...audited, end: 'done' },
  ]);
  t.equal(tried.length, 2, 'what was not there was not tried');
});

t.test('writing one again that is there changes nothing', async (t) => {
  await write('ROOM_0', [logged(1, message(1)), edit(2, 1, 'newer')], { patient: true });
  await letters.put('ROOM_0', [{ event: logged(1, message(1)), reason: 'refused' }]);
  t.match(await office('requeue', '--all'), { code: 0 });
  t.same(await stored(), [1, 2]);
  t.match(await events.findOne({ s: 1 }), { cur: { text: 'newer' } });
});

t.test('they are kept once and whole, many of them, and one that is too long says so', async (t) => {
  const rooms = Array.from({ length: 250 }, () => newId<RoomId>());
  const bad = rooms.map((r, n) => ({ event: logged(n + 1, '{', { room: r }), reason: 'not_json' }) as const);
  await letters.put('ROOM_0', bad);
  await letters.put('ROOM_0', bad);
  t.equal(await letters.waiting(), 250);
  t.match(await office('list'), { said: /250 dead letters/ });
  const long = logged(900, 'x'.repeat(3_000_000));
  await letters.put('ROOM_0', [{ event: long, reason: 'too_big' }]);
  t.match(await rows.findOne({ _id: 'ROOM_0:0000000000000900' }), { size: 3_000_000 });
  t.match(await office('requeue', 'ROOM_0:0000000000000900'), { code: 1, said: /larger than any event may be/ });
});

t.test('says how it is used', async (t) => {
  for (const args of [[], ['requeue'], ['list', 'x'], ['drop', 'y'], ['requeue', '--all', 'x']]) {
    t.match(await office(...args), { code: 64, said: /^usage: / }, args.join(' '));
  }
});
