import type { LocalSystem } from '@gapless/shared/local';
import type { RoomId, UserAccess, UserId } from '@gapless/shared/schema';
import { connectTestBus, until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { type Person, type RoomItem, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { connect } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

interface Member {
  readonly _id: string;
  readonly u: UserId;
  readonly r: RoomId;
  readonly role: string;
  readonly ver: number;
  readonly since: number;
  readonly out: boolean;
}

/** What the edges go by, as the bucket holds it. */
async function accessOf(t: Test, system: LocalSystem, users: readonly UserId[]): Promise<UserAccess[]> {
  const bus = await connectTestBus(t, system.nats.url);
  return Promise.all(users.map(async (user) => (await bus.access.read(user))?.rooms ?? {}));
}

/** The outbox is empty, `ACL` says what MongoDB says, and each change is in the log once. */
async function expectSettled(t: Test, system: LocalSystem, people: readonly Person[]): Promise<void> {
  const db = await openDatabase(t, system);
  await until('the outbox to be empty', async () => (await db.collection('outbox').countDocuments()) === 0, 60_000);
  const access = await accessOf(
    t,
    system,
    people.map(({ id }) => id),
  );
  for (const [n, person] of people.entries()) {
    const members = await db.collection<Member>('members').find({ u: person.id, out: false }).toArray();
    const inMongo = Object.fromEntries(members.map(({ r, role, ver, since }) => [r, { role, ver, since }]));
    t.strictSame(access[n], inMongo, 'ACL equals MongoDB');
    t.strictSame(
      members.filter(({ since }) => since === 0),
      [],
      'every member knows the event that made it one',
    );
  }
  await until('every change to be written', async () => {
    const watermarks = await db.collection<{ _id: string; seq: number }>('watermarks').findOne({ _id: 'ROOM_0' });
    const newest = await db
      .collection<{ _id: string; since: number }>('members')
      .find()
      .sort({ since: -1 })
      .limit(1)
      .next();
    return (watermarks?.seq ?? 0) >= (newest?.since ?? 0);
  });
  const ops = await db
    .collection<{ op?: string; dop?: string }>('events')
    .find({ $or: [{ op: { $exists: true } }, { dop: { $exists: true } }] })
    .toArray();
  const named = ops.map(({ op, dop }) => op ?? dop);
  t.equal(new Set(named).size, named.length, 'each change is in the log once');
}

/** Versions of a room's changes follow each other in the log without a hole. */
async function expectWholeVersions(t: Test, system: LocalSystem, rooms: readonly RoomItem[]): Promise<void> {
  const db = await openDatabase(t, system);
  for (const { id } of rooms) {
    const rows = await db
      .collection<{ _id: string; r: string; k: string; raw: string }>('events')
      .find({ r: id, k: 'mem' })
      .sort({ _id: 1 })
      .toArray();
    const versions = rows.map(({ raw }) => (JSON.parse(raw) as { ver: number }).ver);
    t.strictSame(
      versions,
      [...versions].sort((a, b) => a - b),
      'in the order in which they happened',
    );
  }
}

async function joinAndLeave(person: Person, rooms: readonly RoomItem[]): Promise<void> {
  const change = (room: RoomItem, what: string) => person.post(`/v1/rooms/${room.id}/${what}`).catch(() => undefined);
  await Promise.all(rooms.map((room) => change(room, 'join')));
  await Promise.all(rooms.map((room, n) => (n % 2 === 0 ? change(room, 'leave') : undefined)));
  await Promise.all(rooms.map((room, n) => change(room, n % 3 === 0 ? 'leave' : 'join')));
}

const system = await aSystem(t, { apis: 2 });

t.test('50 concurrent joins and leaves of one user in 50 rooms', async (t) => {
  const [owner, guest] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const rooms = await Promise.all(Array.from({ length: 50 }, () => roomOf(owner)));
  await joinAndLeave(guest, rooms);
  await expectSettled(t, system, [owner, guest]);
  await expectWholeVersions(t, system, rooms);
});

t.test('the same while the api is killed again and again', async (t) => {
  const [owner, guest] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const rooms = await Promise.all(Array.from({ length: 30 }, () => roomOf(owner)));
  for (const afterMs of [20, 60, 120, 250]) {
    const changing = joinAndLeave(guest, rooms);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await system.api.kill9();
    await changing;
    await system.api.start();
  }
  await expectSettled(t, system, [owner, guest]);
  await expectWholeVersions(t, system, rooms);
});

t.test('NATS is away for longer than the log remembers ids', async (t) => {
  const system = await aSystem(t, { settings: { everyone: { duplicateWindowMs: 1_000 } } });
  const [owner, guest] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const rooms = await Promise.all(Array.from({ length: 10 }, () => roomOf(owner)));
  const changing = joinAndLeave(guest, rooms);
  await new Promise((resolve) => setTimeout(resolve, 40));
  await system.nats.kill9();
  await changing;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await system.nats.start();
  await expectSettled(t, system, [owner, guest]);
  await expectWholeVersions(t, system, rooms);
});

t.test('who joins by REST can write at once, on a socket that was open before; who leaves cannot', async (t) => {
  const [owner, guest] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const room = await roomOf(owner);
  const [ownerSocket, socket] = await Promise.all([
    connect(system.edges[0]?.url ?? '', owner),
    connect(system.edges[1]?.url ?? '', guest),
  ]);
  t.equal((await socket.send(room.id, 'too early'))['code'], 'not_member');
  await guest.post(`/v1/rooms/${room.id}/join`);
  t.equal((await socket.request({ t: 'join', rs: [room.id] })).t, 'ok');
  t.equal((await socket.send(room.id, 'here I am')).t, 'ok');
  await ownerSocket.until('join and message', ({ frames }) => frames.some(({ t }) => t === 'msg'));
  t.match(
    ownerSocket.events(room.id).map((event) => event.t),
    ['mem', 'msg'],
  );
  await guest.post(`/v1/rooms/${room.id}/leave`);
  await ownerSocket.until('the leave', ({ frames }) => frames.some((frame) => frame['op'] === 'leave'));
  await until('the edge to know', async () => (await socket.send(room.id, 'too late'))['code'] === 'not_member', 1_000);
});
