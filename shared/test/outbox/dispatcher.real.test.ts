import { MongoClient } from 'mongodb';
import t from 'tap';
import { type Bus, createMemoryBus } from '../../src/bus/index.ts';
import {
  createAccessProjection,
  createDispatcher,
  createFlagProjection,
  createMongoMemberships,
  createMongoOutbox,
  createMongoRoomFlags,
  createOutboxIndexes,
  type DispatcherDeps,
  insertOutboxRow,
  newInboxRow,
  newOutboxRow,
  type OutboxRow,
} from '../../src/outbox/index.ts';
import { createMongoPersisted } from '../../src/outbox/mongo-persisted.ts';
import { silentLogger } from '../../src/runtime/index.ts';
import { inboxOf, newId, type OpId, type RoomFlags, type RoomId, type UserId } from '../../src/schema/index.ts';
import { startMongo } from '../../src/testing/index.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db('dispatcher');
await createOutboxIndexes(db);

const memberships = createMongoMemberships(db);
const realDeps = (bus: Bus): DispatcherDeps => ({
  log: bus.log,
  outbox: createMongoOutbox(db),
  memberships,
  persisted: createMongoPersisted(db),
  access: createAccessProjection({ access: bus.access, memberships, tooLarge: () => undefined }),
  accessChanged: () => undefined,
  flags: createFlagProjection({ flags: bus.flags, stored: createMongoRoomFlags(db) }),
  settings: { duplicateWindowMs: 120_000, roomStreams: 1 },
  logger: silentLogger(),
});

/** What the api does in its transaction. */
async function join(room: RoomId, user: UserId, ver: number): Promise<OutboxRow> {
  const event = { v: 1, t: 'mem', op: 'join', r: room, u: user, us: [user], at: 1, ver } as const;
  const row = newOutboxRow({ room, ver, event, users: [user] });
  const member = { r: room, u: user, role: 'member', ver, jver: ver, since: 0, out: false, at: new Date() };
  await client.withSession((session) =>
    session.withTransaction(async () => {
      const members = db.collection<{ _id: string }>('members');
      await members.updateOne({ _id: `${room}:${user}` }, { $set: member }, { upsert: true, session });
      await insertOutboxRow(db, session, row);
    }),
  );
  return row;
}

const age = (op: OpId, ms: number) =>
  db.collection<{ _id: OpId }>('outbox').updateOne({ _id: op }, { $set: { at: new Date(Date.now() - ms) } });

const endLeases = () => db.collection('outbox_leases').updateMany({}, { $set: { until: new Date(0) } });

const opsIn = async (bus: Bus, room: RoomId) => (await bus.log.readRoom(room, 1, 1_000)).map((event) => event.op);

/** Dies right after the named step: nothing of it answers from then on. */
function mortal(deps: DispatcherDeps, lastStep: string): DispatcherDeps {
  let dead = false;
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (dead) throw new Error('dead');
          const result = await method(...args);
          if (name === lastStep) dead = true;
          if (dead) throw new Error('dies');
          return result;
        };
      },
    });
  const { log, outbox, memberships, access, flags, persisted } = deps;
  return {
    ...deps,
    log: wrap(log),
    outbox: wrap(outbox),
    memberships: wrap(memberships),
    access: wrap(access),
    flags: wrap(flags),
    persisted: wrap(persisted),
  };
}

for (const lastStep of ['waiting', 'lease', 'append', 'landed', 'projectAll', 'remove']) {
  t.test(`after a crash behind "${lastStep}" the next dispatcher leaves the op in the log once`, async (t) => {
    const bus = createMemoryBus();
    const [room, user] = [newId<RoomId>(), newId<UserId>()];
    const first = await join(room, user, 1);
    const second = await join(room, newId<UserId>(), 2);
    await t.rejects(createDispatcher(mortal(realDeps(bus), lastStep)).dispatch(room), { message: 'dies' });
    await endLeases();
    const dispatcher = createDispatcher(realDeps(bus));
    await dispatcher.dispatch(room);
    t.same(await opsIn(bus, room), [first._id, second._id]);
    const access = await memberships.of(user);
    t.same((await bus.access.read(user))?.rooms, access);
    t.equal(access[room]?.since, 1);
    t.equal(await dispatcher.settled(first._id, 0), true);
    t.equal(await db.collection('outbox').countDocuments({ r: room }), 0);
  });
}

t.test('several dispatchers at one room store each op once, in the order of the versions', async (t) => {
  const bus = createMemoryBus();
  const room = newId<RoomId>();
  const rows: OutboxRow[] = [];
  for (let ver = 1; ver <= 30; ver++) rows.push(await join(room, newId<UserId>(), ver));
  const dispatchers = [1, 2, 3].map(() => createDispatcher(realDeps(bus)));
  await Promise.all(dispatchers.flatMap((each) => [each.dispatch(room), each.dispatch(room)]));
  t.same(
    await opsIn(bus, room),
    rows.map((row) => row._id),
  );
});

t.test('a row that comes while another holds the lease is carried out by the holder', async (t) => {
  const bus = createMemoryBus();
  const room = newId<RoomId>();
  await join(room, newId<UserId>(), 1);
  const deps = realDeps(bus);
  let late: OutboxRow | undefined;
  const other = createDispatcher(realDeps(bus));
  const outbox: DispatcherDeps['outbox'] = {
    ...deps.outbox,
    release: async (...args) => {
      late ??= await join(room, newId<UserId>(), 2);
      await other.dispatch(room);
      await deps.outbox.release(...args);
    },
  };
  await createDispatcher({ ...deps, outbox }).dispatch(room);
  t.same((await opsIn(bus, room)).at(-1), late?._id);
});

t.test('an old row whose event is in the log under an id that the log forgot is not appended again', async (t) => {
  const bus = createMemoryBus();
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const row = await join(room, user, 1);
  await bus.log.append({ room, id: 'forgotten', lane: 'x', bytes: new TextEncoder().encode(row.event), op: row._id });
  await age(row._id, 61_000);
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await opsIn(bus, room), [row._id]);
  t.equal((await memberships.of(user))[room]?.since, 1);
});

t.test('an old row whose event left the log after it was stored is not appended again', async (t) => {
  const bus = createMemoryBus();
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const row = await join(room, user, 1);
  await db.collection<{ _id: string }>('events').insertOne({ _id: `${room}:x`, op: row._id, s: 77 } as { _id: string });
  await age(row._id, 61_000);
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await opsIn(bus, room), []);
  t.equal((await memberships.of(user))[room]?.since, 77);
});

t.test('an old row that never left is appended', async (t) => {
  const bus = createMemoryBus();
  const room = newId<RoomId>();
  const row = await join(room, newId<UserId>(), 1);
  await age(row._id, 3_600_000);
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await opsIn(bus, room), [row._id]);
});

t.test('an event that a set-back of the log took before it was durable is appended again, above', async (t) => {
  const bus = createMemoryBus();
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const row = await join(room, user, 1);
  await createDispatcher(mortal(realDeps(bus), 'append'))
    .dispatch(room)
    .catch(() => undefined);
  await bus.streams.skipTo('ROOM_0', 1_000);
  await endLeases();
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await opsIn(bus, room), [row._id]);
  t.equal((await memberships.of(user))[room]?.since, 1_000);
});

t.test('tells within the time whether a row was carried out', async (t) => {
  const bus = createMemoryBus();
  const room = newId<RoomId>();
  const row = await join(room, newId<UserId>(), 1);
  const dispatcher = createDispatcher(realDeps(bus));
  t.equal(await dispatcher.settled(row._id, 50), false);
  const settled = dispatcher.settled(row._id, 5_000);
  await dispatcher.dispatch(room);
  t.equal(await settled, true);
});

/** What the api does when it changes a room's flags. */
async function change(room: RoomId, flags: Partial<RoomFlags> & { ver: number }): Promise<OutboxRow> {
  const { ver } = flags;
  const event = { v: 1, t: 'room', r: room, u: newId<UserId>(), at: 1, ...flags } as const;
  const row = newOutboxRow({ room, ver, event, users: [] });
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await db.collection<{ _id: RoomId }>('rooms').replaceOne({ _id: room }, { ...flags }, { upsert: true, session });
      await insertOutboxRow(db, session, row);
    }),
  );
  return row;
}

t.test('flags are where edges read them before the log says so, whoever dies in between', async (t) => {
  const bus = createMemoryBus();
  const room = newId<RoomId>();
  const { _id: op } = await change(room, { ver: 3, frozen: 1, slow: 5 });
  await t.rejects(createDispatcher(mortal(realDeps(bus), 'project')).dispatch(room), { message: 'dies' });
  t.same(await bus.flags.read(room), { ver: 3, frozen: 1, slow: 5 });
  t.same(await opsIn(bus, room), []);
  await endLeases();
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await opsIn(bus, room), [op]);
  await change(room, { ver: 4 });
  await createDispatcher(realDeps(bus)).dispatch(room);
  t.same(await bus.flags.read(room), { ver: 4 }, 'and nothing special any more');
});

t.test(
  'flags that the bus lost are made anew from what the store says, and those that it does not need are not',
  async (t) => {
    const bus = createMemoryBus();
    const [frozen, thawed, plain] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
    const rooms = db.collection<{ _id: RoomId }>('rooms');
    await rooms.insertMany([
      { _id: frozen, ver: 7, frozen: true },
      { _id: thawed, ver: 9 },
      { _id: plain, ver: 2 },
    ] as never);
    await bus.flags.write(thawed, { ver: 8, frozen: 1 });
    await bus.flags.write(frozen, { ver: 12, archived: 1 });
    const projection = createFlagProjection({ flags: bus.flags, stored: createMongoRoomFlags(db) });
    t.ok((await projection.rebuild()) >= 3);
    t.same(await bus.flags.read(frozen), { ver: 7, frozen: 1 });
    t.same(await bus.flags.read(thawed), { ver: 9 });
    t.equal(await bus.flags.read(plain), undefined);
  },
);

t.test('what is for a user’s inbox goes there, once, and to no room', async (t) => {
  const bus = createMemoryBus();
  const user = newId<UserId>();
  const event = { v: 1, t: 'notice', r: user, u: user, at: 1, text: 'hello' } as const;
  const row = newInboxRow(user, event);
  await client.withSession((session) => session.withTransaction(() => insertOutboxRow(db, session, row)));
  const asRoom = user as string as RoomId;
  await t.rejects(createDispatcher(mortal(realDeps(bus), 'append')).dispatch(asRoom), { message: 'dies' });
  await endLeases();
  await createDispatcher(realDeps(bus)).dispatch(asRoom);
  t.same(await opsIn(bus, inboxOf(user)), [row._id]);
  t.same(await opsIn(bus, asRoom), []);
  t.equal(await db.collection('outbox').countDocuments({ r: user }), 0);
});
