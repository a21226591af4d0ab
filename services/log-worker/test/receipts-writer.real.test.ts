import { cpSync, rmSync } from 'node:fs';
import { type Bus, bucketOf, encodeReceipts } from '@gapless/shared/bus';
import { silentLogger, systemClock } from '@gapless/shared/runtime';
import { type MarkRow, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { connectTestBus, startMongo, startNats, until } from '@gapless/shared/testing';
import { type Db, MongoClient } from 'mongodb';
import t, { type Test } from 'tap';
import { createCrowdReceipts } from '../src/crowd-receipts.ts';
import type { MarkStore } from '../src/mark-store.ts';
import { createMongoCrowdCounts } from '../src/mongo-crowd-counts.ts';
import { createMongoMarkStore } from '../src/mongo-mark-store.ts';
import { createMongoStreamLeases } from '../src/mongo-stream-lease.ts';
import { createReceiptsWriter } from '../src/receipts-writer.ts';

const leaseMs = 600;
const [room, ann, ben] = [newId<RoomId>(), newId<UserId>(), newId<UserId>()];

interface Place {
  readonly bus: Bus;
  readonly db: Db;
  readonly marks: MarkStore;
  /** A worker's part, with marks of its own where it is to fail. */
  readonly writer: (faults?: { marks?: MarkStore; renews?: boolean }) => { stop(): Promise<unknown> };
  readonly say: (user: UserId, recv: number, read: number, at?: number) => Promise<void>;
  /** Received and read, as MongoDB has it. */
  readonly stored: (user: UserId) => Promise<readonly [number, number] | undefined>;
}

async function place(t: Test): Promise<Place & { nats: Awaited<ReturnType<typeof startNats>> }> {
  const [nats, mongo] = await Promise.all([startNats(t), startMongo(t)]);
  const bus = await connectTestBus(t, nats.url);
  const client = new MongoClient(mongo.url);
  t.teardown(() => client.close());
  const db = client.db('receipts');
  const marks = createMongoMarkStore(db);
  let batches = 0;
  return {
    nats,
    bus,
    db,
    marks,
    writer: ({ marks: own = marks, renews = true } = {}) => {
      const stopped = new AbortController();
      const real = createMongoStreamLeases(db, { holder: newId(), leaseMs });
      const take: typeof real.take = async (stream) => {
        const lease = await real.take(stream);
        return lease === undefined || renews ? lease : { ...lease, renew: async () => undefined };
      };
      const leases = { take };
      const logger = silentLogger();
      const crowds = createCrowdReceipts({ counts: createMongoCrowdCounts(db), signals: bus.signals, logger });
      const { raised } = crowds;
      const deps = { bus, leases, marks: own, raised, leaseMs, clock: systemClock, logger, lookMs: 200 };
      const running = Promise.all([createReceiptsWriter(deps).run(stopped.signal), crowds.run(stopped.signal)]);
      const stop = () => {
        stopped.abort();
        return running;
      };
      t.teardown(stop);
      return { stop };
    },
    say: async (user, recv, read, at = 1_000) => {
      const bytes = encodeReceipts({ at, marks: [{ room, user, recv, read }] });
      await bus.receipts.append({ bucket: bucketOf(room), id: `${newId()}:${++batches}`, bytes });
    },
    stored: async (user) => {
      const row = await db.collection<MarkRow>('reads').findOne({ _id: `${room}:${user}` });
      return row === null ? undefined : [row.recv, row.read];
    },
  };
}

const is = (have: readonly [number, number] | undefined, recv: number, read: number) =>
  have?.[0] === recv && have[1] === read;

t.test('batches in any order, twice and broken: each mark only ever rises', async (t) => {
  const { bus, db, marks, writer, say, stored } = await place(t);
  writer();
  await until('the stream', async () => (await bus.receipts.state()) !== undefined);
  await say(ann, 9, 7, 3_000);
  await say(ann, 5, 5, 2_000);
  await bus.receipts.append({ bucket: 1, id: 'nonsense', bytes: Buffer.from('{"at":1,"w":[["*","?",1,1]]}') });
  await say(ben, 4, 0);
  await say(ann, 6, 8, 1_000);
  await until('both', async () => is(await stored(ann), 9, 8) && is(await stored(ben), 4, 0));
  const row = await db.collection<MarkRow>('reads').findOne({ _id: `${room}:${ann}` });
  t.match(row, { r: room, u: ann, at: new Date(3_000) });
  await until('all is noted', async () => (await marks.applied())?.seq === 5);

  const append = async (id: string, mark: object) => {
    const bytes = encodeReceipts({ at: 9_000, marks: [{ room, user: ann, recv: 0, read: 0, ...mark }] });
    await bus.receipts.append({ bucket: bucketOf(room), id, bytes });
  };
  await append('read again', { recv: 9, read: 8, readAt: 70 });
  await append('unread', { unread: { v: 80, s: 3 } });
  await append('unread from before', { unread: { v: 60, s: 900 } });
  await append('a read from before', { recv: 1, read: 1, readAt: 60 });
  await until('all of that is noted', async () => (await marks.applied())?.seq === 9);
  const now = await db.collection<MarkRow>('reads').findOne({ _id: `${room}:${ann}` });
  t.match(now, { recv: 9, read: 8, ra: 70, un: { v: 80, s: 3 } }, 'what comes late undoes nothing');

  const crowd = { kind: 'group', members: 101, last: { s: 5, u: newId<UserId>() } };
  await db.collection<{ _id: string }>('rooms').insertOne({ _id: room as string, ...crowd });
  const heard: unknown[] = [];
  await bus.live.follow(room, {
    event: () => undefined,
    signal: (bytes) => void heard.push(JSON.parse(Buffer.from(bytes).toString())),
  });
  await say(ben, 6, 0);
  await until('the crowd is told', () => heard.length > 0);
  t.same(heard[0], { t: 'rcpt', r: room, w: [], s: 5, n: 1, d: 2, of: 101 });
  for (let n = 0; n < 20; n++) await say(newId<UserId>(), 6, 6);
  await until('it is told again', () => (heard.at(-1) as { n: number }).n === 21);
  t.ok(heard.length <= 4, `${heard.length} times for 21 marks`);
});

t.test(
  'a worker that dies between writing and noting it: the next one writes again, and nothing changes',
  async (t) => {
    const { bus, marks, writer, say, stored } = await place(t);
    let written = 0;
    let bury: () => void = () => undefined;
    const dead = new Promise<void>((resolve) => {
      bury = resolve;
    });
    const dying: MarkStore = {
      ...marks,
      raise: async (all) => {
        await marks.raise(all);
        written++;
      },
      noteApplied: () => dead,
    };
    writer({ marks: dying, renews: false });
    await until('the stream', async () => (await bus.receipts.state()) !== undefined);
    await say(ann, 3, 3);
    await until('the first wrote', () => written > 0);
    t.equal(await marks.applied(), undefined);
    // It never goes on, and nobody renews its lease.
    const second = writer();
    await say(ann, 4, 2);
    await until('the second wrote', async () => is(await stored(ann), 4, 3));
    await until('and noted it', async () => (await marks.applied())?.seq === 2);
    await second.stop();
    const third = writer();
    await say(ann, 4, 4);
    await until('the third goes on', async () => is(await stored(ann), 4, 4));
    await third.stop();
    bury();
  },
);

t.test(
  'a server that was killed, set back to an older copy, emptied: what is stored afterwards is written',
  async (t) => {
    const { nats, bus, marks, writer, say, stored } = await place(t);
    writer();
    await until('the stream', async () => (await bus.receipts.state()) !== undefined);
    const sayWhenBack = (mark: number) =>
      until('the bus is back', () =>
        say(ann, mark, mark).then(
          () => true,
          () => false,
        ),
      );
    const lands = (mark: number) => until(`${mark} in MongoDB`, async () => is(await stored(ann), mark, mark));
    for (let n = 1; n <= 5; n++) await say(ann, n, n);
    await lands(5);
    await nats.kill9();
    await nats.start();
    await sayWhenBack(6);
    await lands(6);

    await nats.stop();
    const copy = `${nats.storeDir}-copy`;
    cpSync(nats.storeDir, copy, { recursive: true });
    await nats.start();
    await sayWhenBack(7);
    // Some more, since whoever says 8 may have to say it again.
    for (let n = 0; n < 5; n++) await say(ann, 7, 7);
    await lands(7);
    const { created, last } = (await bus.receipts.state()) ?? { created: '', last: 0 };
    await until('all of it to be noted', async () => (await marks.applied())?.seq === last);
    await nats.stop();
    rmSync(nats.storeDir, { recursive: true });
    cpSync(copy, nats.storeDir, { recursive: true });
    await nats.start();
    await sayWhenBack(8);
    t.ok(((await bus.receipts.state())?.last ?? 0) <= last, 'under a number that was given before');
    await lands(8);

    await nats.stop();
    rmSync(nats.storeDir, { recursive: true });
    await nats.start();
    await sayWhenBack(9);
    await lands(9);
    await until('another stream is noted', async () => (await marks.applied())?.created !== created);
  },
);
