import { systemClock } from '@gapless/shared/runtime';
import { type EventRow, newId, type OpId, type UserId } from '@gapless/shared/schema';
import { startMongo, watchQueryPlans } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMentions } from '../src/mentions.ts';
import { lastMessages } from '../src/message-store.ts';
import { createMongoCrowdCounts } from '../src/mongo-crowd-counts.ts';
import { createMongoDeadLetters } from '../src/mongo-dead-letters.ts';
import { createMongoMarkStore } from '../src/mongo-mark-store.ts';
import { createMongoMentionStore } from '../src/mongo-mention-store.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { createMongoNotifyReads } from '../src/mongo-notify-reads.ts';
import { createMongoPeople } from '../src/mongo-people.ts';
import { createMongoReplyStore } from '../src/mongo-reply-store.ts';
import { createMongoSearchStore } from '../src/mongo-search-store.ts';
import { createMongoStreamLeases } from '../src/mongo-stream-lease.ts';
import { createMongoPreviewJobs } from '../src/previews/mongo-preview-jobs.ts';
import { createReplies } from '../src/replies.ts';
import { readEvent } from '../src/row.ts';
import { createSearchProjection } from '../src/search-projection.ts';
import { rebuildSearch } from '../src/search-rebuild.ts';
import { clientId, logged, message, room, user } from './events.ts';

/** So many events that the server means its plans; a batch examines what it writes and not what is there. */
const stored = 6_000;
const batch = 100;
const examinedAtMost = 10 * batch;

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true, appName: 'log worker' });
t.teardown(() => client.close());
const db = client.db('plans');
const store = createMongoMessageStore(db);
const letters = createMongoDeadLetters(db);
await store.prepare();
await letters.prepare();
const telling = {
  people: createMongoPeople(db),
  wishes: createMongoNotifyReads(db),
  clock: systemClock,
  alerted: () => undefined,
};
const mentions = createMentions({ ...telling, store: createMongoMentionStore(db), allLimit: 1_000 });
const replies = createReplies({ ...telling, store: createMongoReplyStore(db) });
await mentions.prepare();
const searchStore = createMongoSearchStore(db);
const search = createSearchProjection({ store: searchStore, logger: { warn: () => undefined } });
await search.prepare();
const jobs = createMongoPreviewJobs(db);
await jobs.prepare();
const named = newId<UserId>();
await db.collection('users').createIndex({ nickKey: 1 });
await db.collection<{ _id: string }>('users').insertOne({ _id: named, nickKey: 'named' } as { _id: string });
for (const u of [user, named]) {
  const member = { r: room, u, role: 'member', ver: 1, since: 1, out: false };
  await db.collection<{ _id: string }>('members').insertOne({ _id: `${room}:${u}`, ...member } as { _id: string });
}
const plans = await watchQueryPlans(db, 'log worker');

const rowOf = (seq: number, event: object): EventRow => {
  const read = readEvent(logged(seq, event));
  if (!('row' in read)) throw new Error(read.reason);
  return read.row;
};
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);
const changes = (from: number, fields: (n: number) => object): EventRow[] =>
  numbers(from, batch).map((seq) =>
    rowOf(seq, { v: 1, r: room, u: user, at: seq, c: clientId(seq), ...fields(seq - from + 1) }),
  );

/** As the consumer does it. */
async function take(rows: readonly EventRow[]): Promise<void> {
  const { duplicates } = await store.write(rows);
  await store.noteLast(lastMessages(rows, duplicates));
  const { orphans } = await store.fold(rows);
  await mentions.note(rows, duplicates);
  await replies.note(rows, duplicates);
  await search.note(rows);
  if (orphans.size > 0) throw new Error(`without a message: ${[...orphans]}`);
}

t.test('what is written, folded and set aside is found by indexes, however much is there', async (t) => {
  for (let from = 1; from <= stored; from += 1_000) await take(numbers(from, 1_000).map((n) => rowOf(n, message(n))));
  await plans.operations();
  let seq = stored + 1;
  const replies = seq + 3 * batch;
  for (const fields of [
    (m: number) => ({ t: 'edit', m, b: { text: 'another' } }),
    (m: number) => ({ t: 'react', m, e: '👍', on: 1 }),
    (m: number) => ({ t: 'pin', m, on: 1 }),
    (m: number) => ({ t: 'msg', re: m, b: { text: 'hello @named https://example.org/', quote: m } }),
    (n: number) => ({ t: 'link', m: replies + n - 1, l: { url: 'https://example.org/', title: 'T' } }),
    (n: number) => ({ t: 'edit', m: replies + n - 1, b: { text: '@named again' } }),
    (n: number) => ({ t: 'del', m: replies + n - 1 }),
    (m: number) => ({ t: 'del', m }),
  ]) {
    await take(changes(seq, fields));
    seq += batch;
  }
  // Again, and under numbers of others: what is refused is looked up.
  await take(numbers(1, batch).map((n) => rowOf(n, message(n))));
  await take(numbers(1, batch).map((n) => rowOf(seq + n, message(n))));

  const job = { op: 'link' as OpId, room, message: replies, version: 1, author: user, url: 'https://example.org/' };
  await jobs.add([job]);
  await jobs.take(1_000);
  await jobs.isWanted(job);
  await jobs.putBack(job.op, 0);
  await jobs.done(job.op);

  await search.prepare();
  await rebuildSearch({ store: searchStore, rest: async () => undefined });

  const marks = createMongoMarkStore(db);
  await marks.raise([{ room, user, recv: 5, read: 5, at: 1 }]);
  await marks.noteApplied({ created: 'now', seq: 5 });
  await marks.applied();
  const crowds = createMongoCrowdCounts(db);
  await crowds.crowdsAmong([room]);
  const last = { s: 5, u: named };
  await db
    .collection<{ _id: string }>('rooms')
    .updateOne({ _id: room }, { $set: { members: 101, last } }, { upsert: true });
  t.match(await crowds.count(room), { read: 1, received: 1, members: 101 });
  const lease = await createMongoStreamLeases(db, { holder: 'me', leaseMs: 1_000 }).take('ROOM_0');
  await lease?.renew(5);
  await lease?.advance(5);
  await lease?.release();
  await letters.put('ROOM_0', [{ event: logged(9_000, 'not JSON'), reason: 'not_json' as never }]);
  t.equal(await letters.waiting(), 1);
  t.equal((await letters.page(undefined, 10)).length, 1);

  t.strictSame(await plans.scansAndSorts(), []);
  const operations = await plans.operations();
  t.ok(operations.length > 20, `${operations.length} operations`);
  for (const { ns, docsExamined = 0, keysExamined = 0, planSummary } of operations) {
    const examined = Math.max(docsExamined, keysExamined);
    if (examined > examinedAtMost) t.fail(`${ns}: ${examined} examined by ${planSummary}`);
  }
});
