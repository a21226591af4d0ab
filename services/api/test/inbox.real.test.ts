import { createMemoryBus, encodeEvent, streamOf } from '@gapless/shared/bus';
import {
  type EventRow,
  eventRowId,
  inboxOf,
  newId,
  type OpId,
  type RoomEvent,
  type UserId,
} from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const bus = createMemoryBus();
const api = await startApi(t, mongo.url, { bus });
const db = api.mongo.db(api.config.mongoDatabase);

/** What the dispatcher does with a row for an inbox. */
async function tell(user: UserId, fields: object): Promise<number> {
  const op = newId<OpId>();
  const event = { v: 1, r: user, u: newId<UserId>(), at: 1_700_000_000_000, ...fields } as unknown as RoomEvent;
  return (await bus.log.append({ room: inboxOf(user), id: op, lane: user, bytes: encodeEvent(event), op })).seq;
}

/** What the log worker does with all that is there: told of everybody, for the watermark is of the stream. */
async function write(user: UserId): Promise<void> {
  const room = inboxOf(user);
  const logged = await bus.log.readRoom(room, 1, 1_000);
  for (const { seq, bytes } of logged) {
    const raw = Buffer.from(bytes).toString();
    const row = { r: user as never, s: seq, u: user, k: 'notice', at: new Date(), raw, ver: seq };
    const _id = eventRowId(user as never, seq);
    await db.collection<EventRow>('events').updateOne({ _id }, { $setOnInsert: row }, { upsert: true });
  }
  const _id = streamOf(room, 1);
  const seq = (await bus.streams.state(_id))?.last ?? 0;
  await db
    .collection<{ _id: string; seq: number }>('watermarks')
    .updateOne({ _id }, { $set: { seq } }, { upsert: true });
}

async function walk({ token }: TestUser, limit: number): Promise<number[]> {
  const seen: number[] = [];
  for (let query = `?limit=${limit}`; ; ) {
    const { body, headers } = await api.get(`/v1/me/inbox${query}`, token);
    seen.push(...body.items.map(({ sequence }: { sequence: number }) => sequence));
    if (body.next === undefined) return seen;
    t.match(headers['link'], `before=${body.next}`);
    query = `?limit=${limit}&before=${body.next}`;
  }
}

t.test('my inbox is paged, the newest first, each word once, whether it is written or not', async (t) => {
  const [ann, bob] = [await api.signUp(), await api.signUp()];
  t.same((await api.get('/v1/me/inbox', ann.token)).body, { items: [] });
  const told: number[] = [];
  for (let n = 0; n < 7; n++) told.push(await tell(ann.id, { t: 'notice', text: `${n}` }));
  await tell(bob.id, { t: 'notice', text: 'his' });
  t.same(await walk(ann, 3), told.toReversed(), 'from the log');
  for (const { id } of [ann, bob]) await write(id);
  t.same(await walk(ann, 3), told.toReversed(), 'from the store');
  for (let n = 0; n < 4; n++) told.push(await tell(ann.id, { t: 'notice', text: `late ${n}` }));
  t.same(await walk(ann, 2), told.toReversed(), 'from both');
  t.same((await walk(bob, 10)).length, 1);
});

t.test('each kind says what it is about, also one that is not known yet; over a socket it is the same', async (t) => {
  const user = await api.signUp();
  const room = newId();
  await tell(user.id, { t: 'mention', in: room, m: 4, all: 1 });
  await tell(user.id, { t: 'invite', in: room, id: 'i' });
  await tell(user.id, { t: 'added', in: room, ver: 2 });
  await tell(user.id, { t: 'out', in: room, op: 'ban', ver: 3 });
  await tell(user.id, { t: 'notice', text: 'hello' });
  await tell(user.id, { t: 'birthday' });
  const { body } = await api.get('/v1/me/inbox', user.token);
  t.match(body.items.toReversed(), [
    { kind: 'mention', room, message: 4, all: true },
    { kind: 'invite', room, invitation: 'i' },
    { kind: 'added', room },
    { kind: 'out', room, how: 'ban' },
    { kind: 'notice', text: 'hello', at: '2023-11-14T22:13:20.000Z' },
    { kind: 'birthday' },
  ]);
  t.same(await bus.commands.call('call.me.inbox', { u: user.id, sid: newId(), p: {} }), body);
});

t.test('an inbox is no room: nobody gets at it by the doors of rooms', async (t) => {
  const [ann, bob] = [await api.signUp(), await api.signUp()];
  await tell(ann.id, { t: 'notice', text: 'secret' });
  for (const { token } of [ann, bob]) {
    for (const path of ['', '/messages', '/members', '/receipts']) {
      t.equal((await api.get(`/v1/rooms/${ann.id}${path}`, token)).status, 404, path);
    }
    t.equal((await api.get(`/v1/rooms/${inboxOf(ann.id)}/messages`, token)).status, 400);
    t.equal((await api.post(`/v1/rooms/${ann.id}/join`, undefined, token)).status, 404);
  }
  t.equal((await api.get('/v1/me/inbox')).status, 401);
});
