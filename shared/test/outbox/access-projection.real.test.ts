import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMongoDispatch, createOutboxIndexes, newOutboxRow, putOutboxRow } from '../../src/outbox/index.ts';
import { silentLogger } from '../../src/runtime/index.ts';
import { newId, type RoomId, type UserId } from '../../src/schema/index.ts';
import { connectTestBus, startMongo, startNats } from '../../src/testing/index.ts';

const [mongo, nats] = [await startMongo(t), await startNats(t)];
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db('access');
await createOutboxIndexes(db);
const bus = await connectTestBus(t, nats.url);
const settings = { duplicateWindowMs: 120_000, roomStreams: 16 };
const past = Array.from({ length: 100 }, (_, n) => ({ jv: 2 * n, from: 1e9 + n, lv: 2 * n + 1, to: 1e9 + n }));

async function enter(user: UserId, rooms: number, fields: object): Promise<RoomId> {
  const ids = Array.from({ length: rooms }, () => newId<RoomId>());
  const of = (r: RoomId) => ({
    _id: `${r}:${user}`,
    r,
    u: user,
    role: 'member',
    ver: 9,
    jver: 9,
    since: 9,
    out: false,
  });
  await db.collection<{ _id: string }>('members').insertMany(ids.map((r) => ({ ...of(r), at: new Date(), ...fields })));
  return ids[0] as RoomId;
}

for (const { what, rooms, fields, kept, warned } of [
  { what: 'a hundred stays in each of 500 rooms', rooms: 500, fields: { h: 'joined', past }, kept: 500, warned: false },
  { what: 'more rooms than an entry holds', rooms: 17_000, fields: {}, kept: 0, warned: true },
]) {
  t.test(`a member with ${what} holds up nobody in a room with him`, async (t) => {
    const [user, other] = [newId<UserId>(), newId<UserId>()];
    const room = await enter(user, rooms, fields);
    for (const [ver, who] of [user, other].entries()) {
      const event = { v: 1, t: 'mem', op: 'join', r: room, u: who, us: [who], at: 1, ver: ver + 9 } as const;
      await putOutboxRow(db, newOutboxRow({ room, ver: ver + 9, event, users: [who] }));
    }
    let refused = 0;
    const counter = () => ({ inc: () => void refused++ }) as never;
    const logger = silentLogger();
    const { dispatcher } = createMongoDispatch({ db, bus, settings, logger, metrics: { counter } });
    await dispatcher.dispatch(room);
    t.equal((await bus.log.readRoom(room, 1, 10)).length, 2, 'the next one entered');
    t.equal(await db.collection('outbox').countDocuments({ r: room }), 0);
    const entry = await bus.access.read(user);
    t.equal(Object.keys(entry?.rooms ?? { none: 1 }).length, kept);
    t.equal(refused > 0, warned);
  });
}
