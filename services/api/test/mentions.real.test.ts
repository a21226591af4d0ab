import { type Bus, createMemoryBus, encodeEvent, eventId, messageEvent, streamOf } from '@gapless/shared/bus';
import {
  type ClientId,
  type EventRow,
  eventRowId,
  type MentionRow,
  mentionRowId,
  newId,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startApi, type TestUser } from './support/api.ts';
import { explain } from './support/explain.ts';

const mongo = await startMongo(t);

const append = async (bus: Bus, event: RoomEvent & { readonly c: ClientId }): Promise<number> => {
  const { r: room, u, t: kind, c } = event;
  return (await bus.log.append({ room, id: eventId(room, u, kind, c), lane: room, bytes: encodeEvent(event) })).seq;
};
const newClientId = () => newId<never>() as ClientId;

/** A room of two, and a log worker's work done by hand. */
async function setting(t: Test) {
  const bus = createMemoryBus();
  const api = await startApi(t, mongo.url, { bus });
  const [ann, bob] = [await api.signUp(), await api.signUp()];
  const db = api.mongo.db(api.config.mongoDatabase);
  const events = db.collection<EventRow>('events');
  const mentions = db.collection<MentionRow>('mentions');
  const watermarks = db.collection<{ _id: string; seq: number }>('watermarks');
  const written = (room: RoomId, seq: number) =>
    watermarks.updateOne({ _id: streamOf(room, 1) }, { $set: { seq } }, { upsert: true });
  let clock = 1_700_000_000_000;
  /** Ann names Bob, and it is written. */
  async function names(room: RoomId, text: string, over: Partial<MentionRow> = {}): Promise<number> {
    const at = clock++;
    const event = messageEvent({ room, user: ann.id, at, clientId: newClientId(), body: { text } });
    const s = await append(bus, event);
    const men = over.all ? { men: [], mall: true as const } : { men: [bob.id] };
    const row = { r: room, s, u: ann.id, k: 'msg', c: event.c, at: new Date(at), raw: JSON.stringify(event) };
    await events.insertOne({ _id: eventRowId(room, s), ...row, cur: { text }, ver: s, menv: s, ...men });
    const mention = { r: room, m: s, u: bob.id, by: ann.id, at: new Date(at), ...over };
    await mentions.insertOne({ _id: mentionRowId(room, s, bob.id), ...mention });
    await written(room, s);
    return s;
  }
  const list = async (user: TestUser, query = '') => (await api.get(`/v1/mentions${query}`, user.token)).body;
  const count = async (user: TestUser, query = '') => (await api.get(`/v1/mentions/count${query}`, user.token)).body;
  const texts = async (user: TestUser) =>
    (await list(user)).items.map(({ text }: { readonly text: string }) => text) as string[];
  const room = await api.room(ann, 'Kitchen');
  await api.post(`/v1/rooms/${room}/join`, {}, bob.token);
  return { ...api, bus, db, events, mentions, roomId: room, ann, bob, names, list, count, texts };
}

t.test('my mentions come newest first over all my rooms, page by page, each once', async (t) => {
  const { api: _, roomId, room, post, ann, bob, names, list, db } = await setting(t);
  const other = await room(ann, 'Hall');
  await post(`/v1/rooms/${other}/join`, {}, bob.token);
  for (let n = 0; n < 5; n++) {
    await names(roomId, `kitchen ${n}`);
    await names(other, `hall ${n}`, n === 0 ? { all: true } : {});
  }
  const first = await list(bob, '?limit=4');
  t.match(first.items[0], { room: other, roomName: 'Hall', user: ann.id, text: 'hall 4' });
  t.notOk(first.items[0].all);
  await names(roomId, 'one more comes meanwhile');
  const second = await list(bob, `?limit=4&cursor=${first.next}`);
  const third = await list(bob, `?limit=4&cursor=${second.next}`);
  const all = [...first.items, ...second.items, ...third.items].map(({ text }) => text);
  const expected = [4, 3, 2, 1, 0].flatMap((n) => [`hall ${n}`, `kitchen ${n}`]);
  t.same(all, expected);
  t.match(third.items[0], { text: 'hall 0', all: true });
  t.notOk(third.next);
  t.same((await list(ann)).items, [], 'nobody else sees them');
  await explain(db, () => list(bob, `?limit=4&cursor=${first.next}`));
});

t.test('what I may not read any more, is deleted or does not name me any more is not there', async (t) => {
  const { roomId, ann, bob, names, texts, request, post, events, count } = await setting(t);
  await names(roomId, 'kept');
  const deleted = await names(roomId, 'deleted');
  const unnamed = await names(roomId, 'does not name me now');
  await events.updateOne({ s: deleted }, { $set: { del: true }, $unset: { cur: '' } });
  await events.updateOne({ s: unnamed }, { $set: { men: [] } });
  t.same(await texts(bob), ['kept']);
  await request('DELETE', `/v1/rooms/${roomId}/members/${bob.id}`, ann.token);
  t.same(await texts(bob), []);
  t.same((await count(bob)).items, []);
  await post(`/v1/rooms/${roomId}/join`, {}, bob.token);
  t.same(await texts(bob), ['kept']);
});

t.test('of a room that is gone nothing is there, before the last membership has ended', async (t) => {
  const { roomId, bob, db, names, texts, count } = await setting(t);
  await names(roomId, 'gone with its room');
  t.same(await texts(bob), ['gone with its room']);
  await db.collection<{ _id: string }>('rooms').updateOne({ _id: roomId }, { $set: { gone: true } });
  t.same(await texts(bob), []);
  t.same((await count(bob)).items, []);
});

t.test('edits and deletions that are not written yet show all the same', async (t) => {
  const { roomId, bus, ann, bob, names, texts } = await setting(t);
  const edited = await names(roomId, 'before');
  const gone = await names(roomId, 'secret');
  const change = (u: UserId, m: number) => ({ v: 1, r: roomId, u, at: 1, c: newClientId(), m }) as const;
  await append(bus, { ...change(ann.id, edited), t: 'edit', b: { text: 'after' } });
  await append(bus, { ...change(bob.id, edited), t: 'edit', b: { text: 'not his' } });
  await append(bus, { ...change(ann.id, gone), t: 'del' });
  await append(bus, { ...change(ann.id, gone), t: 'edit', b: { text: 'too late' } });
  t.same(await texts(bob), ['after']);
});

t.test('mentions beyond my read mark are counted by room', async (t) => {
  const { roomId, room, ann, bob, names, count, post, db, mentions } = await setting(t);
  const quiet = await room(ann, 'Hall');
  await post(`/v1/rooms/${quiet}/join`, {}, bob.token);
  const first = await names(roomId, 'one');
  await names(roomId, 'two');
  await names(roomId, 'three', { all: true });
  t.same(await count(bob), { items: [{ room: roomId, count: 3 }] });
  await post(`/v1/rooms/${roomId}/read`, { sequence: first }, bob.token);
  t.same(await count(bob), { items: [{ room: roomId, count: 2 }] });
  const rows = Array.from({ length: 120 }, (_, n) => ({
    r: roomId,
    m: 1e6 + n,
    u: bob.id,
    by: ann.id,
    at: new Date(),
  }));
  await mentions.insertMany(rows.map((row) => ({ _id: mentionRowId(roomId, row.m, bob.id), ...row })));
  t.same(await count(bob), { items: [{ room: roomId, count: 100 }] }, 'a hundred, or more');
  await mentions.deleteMany({ m: { $gte: 1e6 } });
  const page = await count(bob, '?limit=1');
  t.same(page.items, [], 'a page looks at so many rooms');
  t.same((await count(bob, `?limit=1&cursor=${page.next}`)).items, [{ room: roomId, count: 2 }]);
  t.same((await count(ann)).items, []);
  await explain(db, () => count(bob));
});

t.test('in a room of which members see their own time only, what was before it does not count', async (t) => {
  const { post, ann, bob, names, texts, count } = await setting(t);
  const { body } = await post('/v1/rooms', { name: 'Own times', history: 'joined' }, ann.token);
  await names(body.id, 'before he came');
  await post(`/v1/rooms/${body.id}/join`, {}, bob.token);
  await names(body.id, 'since');
  t.same(await texts(bob), ['since']);
  t.same(await count(bob), { items: [{ room: body.id, count: 1 }] });
});

t.test('a cursor that none of my pages gave is refused', async (t) => {
  const { bob, get } = await setting(t);
  const at = (text: string) => Buffer.from(text).toString('base64url');
  for (const cursor of [
    at('x'),
    at(newId()),
    at(`1:mention:${newId()}:1:`),
    at(`1:mention:${newId()}:1:${newId()}x`),
  ]) {
    t.equal((await get(`/v1/mentions?cursor=${cursor}`, bob.token)).status, 400, cursor);
  }
  t.equal((await get('/v1/mentions')).status, 401);
});
