import { MongoClient } from 'mongodb';
import t from 'tap';
import {
  createMongoMemberships,
  createMongoOutbox,
  createOutboxIndexes,
  insertOutboxRow,
  newInboxRow,
  newOutboxRow,
} from '../../src/outbox/index.ts';
import { type MembershipEvent, newId, type OpId, type RoomId, type UserId } from '../../src/schema/index.ts';
import { startMongo } from '../../src/testing/index.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db('outbox');
await createOutboxIndexes(db);
const outbox = createMongoOutbox(db);
const user = newId<UserId>();

async function add(room: RoomId, ver: number): Promise<OpId> {
  const event = { v: 1, t: 'room', r: room, u: user, at: 1, name: '$name with "$$NOW"' } as const;
  const row = newOutboxRow({ room, ver, event, users: [user] });
  await client.withSession((session) => session.withTransaction(() => insertOutboxRow(db, session, row)));
  return row._id;
}

t.test('rows come in the order of their versions, as they were written, with their age', async (t) => {
  const room = newId<RoomId>();
  const second = await add(room, 2);
  const first = await add(room, 1);
  const rows = await outbox.waiting(room, 10);
  t.same(
    rows.map((row) => row._id),
    [first, second],
  );
  t.equal(JSON.parse(rows[0]?.event ?? '').name, '$name with "$$NOW"');
  t.same(rows[0]?.us, [user]);
  t.ok((rows[0]?.ageMs ?? -1) >= 0 && (rows[0]?.ageMs ?? 0) < 10_000);
  t.equal(await outbox.has(first), true);
  await outbox.remove(first);
  t.equal(await outbox.has(first), false);
});

t.test('rows of an inbox come as they were written, whatever the clocks of those who wrote them say', async (t) => {
  const rows: OpId[] = [];
  const now = Date.now;
  t.teardown(() => {
    Date.now = now;
  });
  for (const behindMs of [0, 200, 60_000]) {
    Date.now = () => now() - behindMs;
    const row = newInboxRow(user, { v: 1, t: 'notice', r: user, u: user, at: Date.now(), text: 'x' });
    rows.push(row._id);
    Date.now = now;
    await client.withSession((session) => session.withTransaction(() => insertOutboxRow(db, session, row)));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.same(
    (await outbox.waiting(user as string as RoomId, 10)).map(({ _id }) => _id),
    rows,
  );
});

t.test('one at a time holds the lease of a room, until it ends or is given back', async (t) => {
  const room = newId<RoomId>();
  t.equal(await outbox.lease(room, 'a', 60_000), true);
  t.equal(await outbox.lease(room, 'b', 60_000), false);
  t.equal(await outbox.lease(room, 'a', 1), true, 'its holder renews');
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(await outbox.lease(room, 'b', 60_000), true, 'ended');
  await outbox.release(room, 'a');
  t.equal(await outbox.lease(room, 'a', 60_000), false, 'only its holder gives it back');
  await outbox.release(room, 'b');
  t.equal(await outbox.lease(room, 'a', 60_000), true);
});

t.test('rooms are left behind by the age of their oldest row', async (t) => {
  await db.collection('outbox').deleteMany({});
  const [old, older, fresh] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
  for (const [room, ageMs] of [
    [old, 60_000],
    [older, 120_000],
  ] as const) {
    const _id = await add(room, 1);
    await db.collection<{ _id: OpId }>('outbox').updateOne({ _id }, { $set: { at: new Date(Date.now() - ageMs) } });
    await add(room, 2);
  }
  await add(fresh, 1);
  t.same(await outbox.leftBehind({ olderThanMs: 30_000, limit: 10, except: [] }), [older, old]);
  t.same(await outbox.leftBehind({ olderThanMs: 30_000, limit: 1, except: [] }), [older]);
  t.same(await outbox.leftBehind({ olderThanMs: 30_000, limit: 1, except: [older] }), [old]);
  t.ok((await outbox.oldestAgeMs()) >= 120_000);
  const inbox = newId<RoomId>();
  const _id = await add(inbox, 1);
  const alert = { $set: { inbox: true, at: new Date(Date.now() - 240_000) } };
  await db.collection<{ _id: OpId }>('outbox').updateOne({ _id }, alert);
  t.same(
    await outbox.leftBehind({ olderThanMs: 30_000, limit: 10, except: [] }),
    [older, old, inbox],
    'alerts behind what changes rooms',
  );
  t.same(await outbox.leftBehind({ olderThanMs: 30_000, limit: 2, except: [] }), [older, old]);
});

t.test('memberships: rooms now, joins noted for the membership that they made, all users by page', async (t) => {
  const memberships = createMongoMemberships(db);
  const members = db.collection<{ _id: string }>('members');
  const [room, left] = [newId<RoomId>(), newId<RoomId>()];
  const others = Array.from({ length: 20 }, () => newId<UserId>());
  const row = (r: RoomId, u: UserId, ver: number, out: boolean) => ({
    _id: `${r}:${u}`,
    r,
    u,
    role: 'member',
    ver: ver + 1,
    jver: ver,
    since: 0,
    out,
    at: new Date(),
  });
  await members.insertMany([
    row(room, user, 3, false),
    row(left, user, 4, true),
    ...others.map((u) => row(room, u, 9, true)),
  ]);
  const join = (ver: number): MembershipEvent => ({
    v: 1,
    t: 'mem',
    op: 'join',
    r: room,
    u: user,
    at: 1,
    us: [user],
    ver,
  });
  await memberships.landed(join(2), 70);
  t.same(await memberships.of(user), { [room]: { role: 'member', ver: 4, since: 0 } }, 'an older join changes nothing');
  await memberships.landed(join(3), 80);
  await memberships.landed(join(3), 75);
  t.same(await memberships.of(user), { [room]: { role: 'member', ver: 4, since: 80 } });
  const everyone = await memberships.users();
  t.same(new Set(everyone), new Set([user, ...others]));
  t.same(await memberships.users(everyone.at(-1)), []);
});
