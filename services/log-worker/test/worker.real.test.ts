import { cpSync, rmSync } from 'node:fs';
import { type Bus, connectNatsBus, type Heads } from '@gapless/shared/bus';
import { type Config, loadConfig } from '@gapless/shared/config';
import type { MongoEngine, NatsEngine } from '@gapless/shared/local';
import { insertOutboxRow, newOutboxRow } from '@gapless/shared/outbox';
import { createMetrics, type Service, silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo, startNats, type Teardown, until } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createWorker } from '../src/worker.ts';
import { logged, message } from './events.ts';

const stream = 'ROOM_0';

interface Place {
  readonly nats: NatsEngine;
  readonly mongo: MongoEngine;
  readonly client: MongoClient;
  readonly bus: Bus;
  readonly worker: (over?: Partial<Config>) => Promise<Service>;
  readonly append: (room: RoomId, from: number, to: number) => Promise<number[]>;
  readonly stored: (room: RoomId) => Promise<number[]>;
  readonly watermark: () => Promise<{ seq: number; epoch: number; searched: number } | null>;
  /** Numbers of the room's messages that search knows. */
  readonly searchable: (room: RoomId) => Promise<number[]>;
  /** Of the worker that was started last. */
  readonly metrics: () => Promise<string>;
}

async function place(t: Teardown): Promise<Place> {
  const [nats, mongo] = await Promise.all([startNats(t), startMongo(t)]);
  const config = { ...loadConfig('log-worker', {}), natsUrls: [nats.url], mongoUrl: mongo.url, leaseMs: 1_000 };
  const client = new MongoClient(mongo.url);
  t.teardown(() => client.close());
  const db = client.db(config.mongoDatabase);
  const logger = silentLogger();
  let metrics = createMetrics('log-worker');
  const worker = async (over: Partial<Config> = {}): Promise<Service> => {
    metrics = createMetrics('log-worker');
    const service = createWorker({ config: { ...config, ...over }, logger, metrics });
    let closed: Promise<void> | undefined;
    const once = {
      ...service,
      close: () => {
        closed ??= service.close();
        return closed;
      },
    };
    t.teardown(once.close);
    await service.start();
    await until('a worker without obstacles', () => service.obstacles().length === 0);
    return once;
  };
  await worker().then((first) => first.close());
  const bus = await connectNatsBus(config, { name: 'test', logger });
  t.teardown(() => bus.close());
  return {
    nats,
    mongo,
    client,
    bus,
    worker,
    append: async (room, from, to) => {
      const seqs: number[] = [];
      for (let n = from; n <= to; n++) {
        const bytes = logged(n, message(n, `text ${n}`, room)).bytes;
        seqs.push((await bus.log.append({ room, id: `${room}:${n}`, lane: room, bytes })).seq);
      }
      return seqs;
    },
    stored: async (room) => {
      const rows = await db.collection('events').find({ r: room }).sort({ s: 1 }).toArray();
      return rows.map((row) => row['s']);
    },
    watermark: () =>
      db
        .collection<{ _id: string; seq: number; epoch: number; searched: number }>('watermarks')
        .findOne({ _id: stream }),
    searchable: async (room) => {
      const rows = await db.collection('search').find({ r: room }).sort({ s: 1 }).toArray();
      return rows.map((row) => row['s']);
    },
    metrics: () => metrics.text(),
  };
}

t.test('what is in the log comes to MongoDB, and the heads tell of it', async (t) => {
  const { bus, worker, append, stored, client } = await place(t);
  const room = newId<RoomId>();
  await client.db('gapless').collection<{ _id: string }>('rooms').insertOne({ _id: room });
  await worker();
  const said: Heads[] = [];
  bus.heads.subscribe((heads) => said.push(heads));
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 40);
  await until('all are stored', async () => (await stored(room)).length === 40);
  t.same(await stored(room), seqs);
  await until('the quiet room is announced', () => said.some(({ w }) => w.some(([r]) => r === room)));
  await until('the watermark is known', () =>
    said.some(({ durable, last }) => durable === last && last === seqs.at(-1)),
  );
  const found = await client.db('gapless').collection<{ _id: string }>('rooms').findOne({ _id: room });
  t.match(found, { last: { s: seqs.at(-1), text: 'text 40' } });
});

t.test('a second worker stands by, ready, and goes on where the first one ended', async (t) => {
  const { bus, worker, append, stored, watermark } = await place(t);
  const room = newId<RoomId>();
  const first = await worker();
  const second = await worker();
  t.same(second.obstacles(), []);
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 20);
  await until('all are stored', async () => (await stored(room)).length === 20);
  const { epoch } = (await watermark()) ?? { epoch: 0 };
  await first.close();
  seqs.push(...(await append(room, 21, 40)));
  await until('the second writes', async () => (await stored(room)).length === 40);
  t.same(await stored(room), seqs);
  await until('the watermark follows', async () => (await watermark())?.seq === seqs.at(-1));
  t.equal((await watermark())?.epoch, epoch + 1);
});

t.test('a writer that somebody deposed stands by, and takes over again when that one is gone', async (t) => {
  const { bus, worker, append, stored, watermark, client } = await place(t);
  const room = newId<RoomId>();
  await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seq = (await append(room, 1, 5)).at(-1);
  await until('all are stored', async () => (await watermark())?.seq === seq);
  const rows = client.db('gapless').collection<{ _id: string }>('watermarks');
  const usurper = { $set: { holder: 'usurper', until: new Date(Date.now() + 2_500) }, $inc: { epoch: 1 } };
  await rows.updateOne({ _id: stream }, usurper);
  const seqs = await append(room, 6, 10);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  t.equal((await watermark())?.seq, seq, 'the watermark stands still');
  await until('it is the writer again', async () => (await watermark())?.seq === seqs.at(-1));
  t.equal((await stored(room)).length, 10);
});

t.test('chat goes on while MongoDB is away, also past a restart of NATS, and all of it is written later', async (t) => {
  const { bus, worker, append, stored, mongo, nats } = await place(t);
  const room = newId<RoomId>();
  const service = await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 10);
  await until('all are stored', async () => (await stored(room)).length === 10);
  await mongo.kill9();
  seqs.push(...(await append(room, 11, 20)));
  await until('the worker says so', () => service.obstacles().includes('MongoDB is away'));
  await nats.kill9();
  await nats.start();
  await until('the gate opens without MongoDB', () => bus.obstacles().length === 0, 60_000);
  seqs.push(...(await append(room, 21, 30)));
  await mongo.start();
  await until('all are stored', async () => (await stored(room)).length === 30, 60_000);
  t.same(await stored(room), seqs);
  await until('the worker is ready again', () => service.obstacles().length === 0);
});

t.test('a store of an earlier hour gives no number again, and keeps what only it held', async (t) => {
  const { bus, worker, append, stored, nats, watermark } = await place(t);
  const room = newId<RoomId>();
  await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  await append(room, 1, 50);
  await until('all are stored', async () => (await stored(room)).length === 50);
  await nats.stop();
  const copy = `${nats.storeDir}-copy`;
  cpSync(nats.storeDir, copy, { recursive: true });
  await nats.start();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const before = await append(room, 51, 150);
  await until('all are stored', async () => (await stored(room)).length === 150);
  await nats.stop();
  rmSync(nats.storeDir, { recursive: true });
  cpSync(copy, nats.storeDir, { recursive: true });
  await nats.start();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const after = await append(room, 151, 160);
  t.ok(Math.min(...after) > Math.max(...before));
  await until('all are stored', async () => (await stored(room)).length === 160);
  await until('the watermark follows', async () => (await watermark())?.seq === after.at(-1));
});

t.test('a store that was lost is made anew above, and access entries come back', async (t) => {
  const { bus, worker, append, stored, nats, client } = await place(t);
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const members = client.db('gapless').collection<{ _id: string }>('members');
  const member = { r: room, u: user, role: 'member', ver: 3, jver: 3, since: 1, out: false };
  await members.insertOne({ _id: `${room}:${user}`, ...member } as { _id: string });
  await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const before = await append(room, 1, 30);
  await until('all are stored', async () => (await stored(room)).length === 30);
  await nats.stop();
  rmSync(nats.storeDir, { recursive: true });
  await nats.start();
  await until('the gate opens', () => bus.obstacles().length === 0);
  t.same((await bus.access.read(user))?.rooms, { [room]: { role: 'member', ver: 3, since: 1 } });
  const after = await append(room, 31, 40);
  t.ok(Math.min(...after) > Math.max(...before));
  await until('all are stored', async () => (await stored(room)).length === 40);
});

t.test('a change that its maker left behind is carried out', async (t) => {
  const { bus, worker, client, stored } = await place(t);
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const db = client.db('gapless');
  const member = { r: room, u: user, role: 'owner', ver: 1, jver: 1, since: 0, out: false };
  await db.collection<{ _id: string }>('members').insertOne({ _id: `${room}:${user}`, ...member } as { _id: string });
  const event = { v: 1, t: 'mem', op: 'join', r: room, u: user, us: [user], at: 1, ver: 1 } as const;
  const row = newOutboxRow({ room, ver: 1, event, users: [user] });
  await client.withSession((session) => session.withTransaction(() => insertOutboxRow(db, session, row)));
  await Promise.all([worker({ relayAgeMs: 200 }), worker({ relayAgeMs: 200 })]);
  await until('it is in the log and in MongoDB', async () => (await stored(room)).length === 1);
  await until('the outbox is empty', async () => (await db.collection('outbox').countDocuments()) === 0);
  const [seq] = await stored(room);
  t.same((await bus.access.read(user))?.rooms, { [room]: { role: 'owner', ver: 1, since: seq } });
});

t.test('who writes does not wait for search, and what is found later is all of it', async (t) => {
  const { bus, worker, append, watermark, searchable, metrics, client } = await place(t);
  const room = newId<RoomId>();
  const db = client.db('gapless');
  await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 10);
  await until('all are found', async () => (await searchable(room)).length === 10);
  await db.command({ collMod: 'search', validator: { nothing: 'fits' } });
  seqs.push(...(await append(room, 11, 30)));
  await until('all are written', async () => (await watermark())?.seq === seqs.at(-1));
  t.equal((await searchable(room)).length, 10, 'written, and not found yet');
  t.match(await metrics(), /^gapless_search_lag_events\{[^}]*stream="ROOM_0"[^}]*\} 20$/m);
  const second = await worker();
  await db.command({ collMod: 'search', validator: {} });
  await until('all are found', async () => (await searchable(room)).length === 30);
  t.same(await searchable(room), seqs);
  await until('it is noted', async () => (await watermark())?.searched === seqs.at(-1));
  t.same(second.obstacles(), []);
});

t.test('search goes on where it was: after a restart, and at another worker', async (t) => {
  const { bus, worker, append, watermark, searchable, client } = await place(t);
  const room = newId<RoomId>();
  const db = client.db('gapless');
  const first = await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 40);
  const last = seqs.at(-1) as number;
  await until('it is noted', async () => (await watermark())?.searched === last);
  await first.close();
  // As if it had ended in the middle: some are projected that are not noted, some neither.
  await db.collection<{ _id: string }>('watermarks').updateOne({ _id: stream }, { $set: { searched: seqs[9] } });
  await db.collection('search').deleteMany({ s: { $gt: seqs[19] as number } });
  const second = await worker();
  const third = await worker();
  await until('it is noted', async () => (await watermark())?.searched === last);
  t.same(await searchable(room), seqs);
  await second.close();
  seqs.push(...(await append(room, 41, 60)));
  await until('the third goes on', async () => (await watermark())?.searched === seqs.at(-1));
  t.same(await searchable(room), seqs);
  t.same(third.obstacles(), []);
});

t.test('what had left the log before search came there is said, until a rebuild', async (t) => {
  const { bus, worker, append, watermark, searchable, metrics, client } = await place(t);
  const room = newId<RoomId>();
  const db = client.db('gapless');
  const first = await worker();
  await until('the gate opens', () => bus.obstacles().length === 0);
  const seqs = await append(room, 1, 30);
  await until('it is noted', async () => (await watermark())?.searched === seqs.at(-1));
  await first.close();
  await db.collection<{ _id: string }>('watermarks').updateOne({ _id: stream }, { $set: { searched: seqs[9] } });
  await db.collection('search').deleteMany({ s: { $gt: seqs[9] as number } });
  await bus.streams.trim(stream, seqs[19] as number);
  await worker();
  await until('it is noted', async () => (await watermark())?.searched === seqs.at(-1));
  t.same(await searchable(room), [...seqs.slice(0, 10), ...seqs.slice(20)]);
  t.match(await metrics(), /^gapless_search_missed_events\{[^}]*stream="ROOM_0"[^}]*\} 10$/m);
  t.equal(await db.collection('search_state').countDocuments({}), 0, 'nobody says that all is projected');
});

t.test('a worker at work warns of no leak', async (t) => {
  const warnings: string[] = [];
  const warned = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);
  process.on('warning', warned);
  t.teardown(() => process.off('warning', warned));
  const { bus, worker, append, stored } = await place(t);
  await worker();
  const room = newId<RoomId>();
  await until('the gate opens', () => bus.obstacles().length === 0);
  await append(room, 1, 10);
  await until('all are stored', async () => (await stored(room)).length === 10);
  t.strictSame(
    warnings.filter((warning) => warning.startsWith('MaxListeners')),
    [],
  );
});
