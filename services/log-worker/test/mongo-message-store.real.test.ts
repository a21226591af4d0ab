import type { LoggedEvent } from '@gapless/shared/bus';
import type { Failure } from '@gapless/shared/errors';
import type { EventRow } from '@gapless/shared/schema';
import { newId, type OpId, type RoomId } from '@gapless/shared/schema';
import { cuttable, startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { lastMessages } from '../src/message-store.ts';
import { createMongoFileUses } from '../src/mongo-file-uses.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { readEvent } from '../src/row.ts';
import { clientId, join, logged, message, room, user } from './events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true, serverSelectionTimeoutMS: 500 });
t.teardown(() => client.close());
const db = client.db('store');
const store = createMongoMessageStore(db);
await store.prepare();
await store.prepare();
const events = db.collection<EventRow>('events');
t.beforeEach(async () => {
  await events.deleteMany({});
  await db.collection('rooms').deleteMany({});
});

const rowOf = (event: LoggedEvent): EventRow => {
  const read = readEvent(event);
  if (!('row' in read)) throw new Error(read.reason);
  return read.row;
};
const rowsOf = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => rowOf(logged(from + n, message(from + n))));

/** But for when it was written. */
const writtenAs = async (s: number) => {
  const { wr, ...row } = (await events.findOne({ s })) ?? {};
  return row;
};

t.test('writes a batch; the same batch again, wholly or in part, changes nothing', async (t) => {
  await store.write(rowsOf(1, 300));
  t.same((await store.write(rowsOf(200, 500))).duplicates, new Map());
  await store.write(rowsOf(1, 500));
  t.equal(await events.countDocuments(), 500);
  t.equal(await events.countDocuments({ wr: { $lte: new Date() } }), 500, 'each knows when it was written');
  t.same(await writtenAs(7), rowOf(logged(7, message(7))));
});

t.test('a client id that lands again under another number is stored as a duplicate of the first', async (t) => {
  await store.write(rowsOf(1, 3));
  const again = rowOf(logged(9, message(2)));
  t.same((await store.write([again, ...rowsOf(10, 11)])).duplicates, new Map([[9, 2]]));
  const { c, ...rest } = again;
  t.same(await writtenAs(9), { ...rest, dc: c, dupOf: 2 });
  t.same((await store.write([again])).duplicates, new Map([[9, 2]]), 'and known as one when it is written again');
  t.equal(await events.countDocuments(), 6);
});

t.test('the same client id twice in one batch, and by another kind or in another room', async (t) => {
  const other = newId<RoomId>();
  const rows = [
    rowOf(logged(1, message(1))),
    rowOf(logged(2, message(1))),
    rowOf(logged(3, { ...message(1), t: 'edit', m: 1 })),
    rowOf(logged(4, message(1, 'x', other), { room: other })),
  ];
  t.same((await store.write(rows)).duplicates, new Map([[2, 1]]));
  t.equal(await events.countDocuments({ c: clientId(1) }), 3);
});

t.test('an op that lands again is stored as a duplicate of the first', async (t) => {
  const op = newId<OpId>();
  await store.write([rowOf(join(op, 1)), rowOf(join(op, 5))]);
  const second = await events.findOne({ s: 5 });
  t.match(second, { dop: op, dupOf: 1 });
  t.notOk(second?.op);
});

for (const [what, other] of [
  ['user', { ...message(1), u: newId() }],
  ['client id', { ...message(1), c: clientId(77) }],
  ['kind', { ...message(1), t: 'poll' }],
  ['time', { ...message(1), at: 5 }],
] as const) {
  t.test(`a number that belongs to an event with another ${what} halts, and nothing is written over it`, async (t) => {
    const first = rowOf(logged(1, message(1)));
    await store.write([first]);
    await t.rejects(store.write([rowOf(logged(1, other))]), { name: 'NumberReused' });
    t.same(await writtenAs(1), first);
  });
}

t.test("a room's last message never goes back, and is no duplicate", async (t) => {
  await db.collection<{ _id: string }>('rooms').insertOne({ _id: room });
  const rows = [...rowsOf(1, 5), rowOf(logged(6, message(6, 'x'.repeat(400))))];
  const lasts = lastMessages(rows, new Set([6]));
  t.same(
    lasts.map((last) => last.s),
    [5],
  );
  await store.noteLast(lasts);
  await store.noteLast(lastMessages(rowsOf(1, 3), new Set()));
  const last = { s: 5, u: user, at: new Date(1_700_000_000_005), text: 'text 5', ver: 5 };
  t.same(await db.collection<{ _id: string }>('rooms').findOne({ _id: room }), { _id: room, last });
  t.equal(lastMessages(rows, new Set())[0]?.text.length, 256);
  await store.noteLast([]);
});

t.test('a MongoDB that is away is a failure that may pass, and the same batch goes in afterwards', async (t) => {
  await mongo.kill9();
  t.equal(await store.write(rowsOf(1, 2)).catch((error: Failure) => error.kind), 'store_unavailable');
  await mongo.start();
  await store.write(rowsOf(1, 2));
  t.equal(await events.countDocuments(), 2);
});

t.test('of a write that the driver cuts up no part is taken for written because another was', async (t) => {
  const large = Array.from({ length: 24 }, (_, n) => rowOf(logged(600 + n, message(600 + n, 'x'.repeat(900_000)))));
  await store.write(large.slice(0, 10));
  const way = await cuttable(t, mongo.url);
  const options = { ignoreUndefined: true, retryWrites: false, monitorCommands: true };
  const far = new MongoClient(way.url, options);
  t.teardown(() => far.close());
  let inserts = 0;
  far.on('commandStarted', ({ commandName }) => {
    if (commandName !== 'insert' || ++inserts !== 2) return;
    way.cut();
    way.mend();
  });
  const cutUp = createMongoMessageStore(far.db('store'));
  t.equal(
    await cutUp.write(large).then(
      () => 'written',
      (error: Failure) => error.kind,
    ),
    'store_unavailable',
  );
  t.equal(inserts, 2, 'the first part of it was answered');
  t.same((await cutUp.write(large)).duplicates, new Map());
  t.equal(await events.countDocuments(), 24);
});

t.test(
  'files are used by messages that are there: not by deleted ones written again, nor by what landed twice',
  async (t) => {
    const files = [1, 2, 3].map(() => ({ id: newId(), name: 'a', type: 'text/plain', size: 1 }));
    const rows = files.map((file, n) => {
      const of = message(50 + n);
      return rowOf(logged(50 + n, { ...of, b: { ...of.b, files: [file] } }));
    });
    await store.write(rows);
    await events.updateOne({ s: 51 }, { $set: { del: true }, $unset: { cur: 1 } });
    const uses = db.collection<{ f: string }>('file_uses');
    await createMongoFileUses(db).note(rows, new Set([52]));
    t.same(
      (await uses.find().toArray()).map(({ f }) => f),
      [files[0]?.id],
    );
  },
);
