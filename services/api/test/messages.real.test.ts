import { decodeEvent } from '@gapless/shared/bus';
import { eventRowId, newId, type RoomId, type ThreadRow } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const db = api.mongo.db(api.config.mongoDatabase);
const [owner, ann, bob, stranger] = [await api.signUp(), await api.signUp(), await api.signUp(), await api.signUp()];
const key = () => newId<never>() as string;

async function aRoom(...members: TestUser[]): Promise<RoomId> {
  const room = await api.room(owner);
  for (const { token } of members) await api.post(`/v1/rooms/${room}/join`, {}, token);
  return room;
}

const send = (user: TestUser, room: string, body: object, more: object = {}) =>
  api.post(`/v1/rooms/${room}/messages`, { body, ...more }, user.token);

async function say(user: TestUser, room: string, text: string, more: object = {}): Promise<number> {
  const { status, body } = await send(user, room, { text }, more);
  if (status !== 201) throw new Error(`sending answered ${status}: ${JSON.stringify(body)}`);
  return body.sequence;
}

/** What the log worker does with all that is there, as far as lists and pages see it. */
async function write(room: RoomId): Promise<void> {
  const logged = await api.bus.log.readRoom(room, 1, 1_000);
  const rows = logged.map(({ seq, bytes }) => {
    const event = decodeEvent(bytes);
    const of = { r: room, s: seq, u: event.u, k: event.t, at: new Date(event.at), ver: seq };
    const change = 'm' in event ? { m: event.m } : {};
    const message = event.t === 'msg' ? { c: event.c, cur: event.b } : {};
    const thread = event.t === 'msg' && event.re !== undefined ? { th: eventRowId(room, event.re) } : {};
    return { _id: eventRowId(room, seq), ...of, ...change, ...message, ...thread, raw: Buffer.from(bytes).toString() };
  });
  const events = db.collection<{ _id: string }>('events');
  for (const row of rows) await events.replaceOne({ _id: row._id }, row, { upsert: true });
}

const mark = (seq: number) =>
  db.collection<{ _id: string }>('watermarks').updateOne({ _id: 'ROOM_0' }, { $set: { seq } }, { upsert: true });

const numbers = ({ items }: { items: { sequence: number }[] }) => items.map(({ sequence }) => sequence);
const rest = (room: string) => ({
  get: (path: string, user = ann) => api.get(`/v1/rooms/${room}${path}`, user.token),
  put: (path: string, user = ann, body: object = {}) =>
    api.request('PUT', `/v1/rooms/${room}${path}`, user.token, body),
  patch: (seq: number, user: TestUser, body: object) =>
    api.request('PATCH', `/v1/rooms/${room}/messages/${seq}`, user.token, body),
  remove: (path: string, user = ann) => api.request('DELETE', `/v1/rooms/${room}${path}`, user.token),
});

t.test('a message is sent by REST, once for its client id, and is in history as it was sent', async (t) => {
  const room = await aRoom(ann);
  const clientId = key();
  const custom = { z: [1, { '👍': 'é' }], 'a key': null, n: 0.1 };
  const sent = await send(ann, room, { text: 'héllo 👩‍👩‍👧‍👦', custom }, { clientId });
  t.equal(sent.status, 201);
  t.equal(sent.headers['location'], `/v1/rooms/${room}/messages/${sent.body.sequence}`);
  const again = await send(ann, room, { text: 'héllo 👩‍👩‍👧‍👦', custom }, { clientId });
  t.same(again.body, { ...sent.body, duplicate: true });
  for (const other of [{ text: 'x' }, { text: 'héllo 👩‍👩‍👧‍👦' }, { text: 'héllo 👩‍👩‍👧‍👦', custom: { z: 1 } }]) {
    t.match(await send(ann, room, other, { clientId }), { status: 409, body: { code: 'conflict' } });
  }
  const item = { sequence: sent.body.sequence, user: ann.id, clientId, body: { text: 'héllo 👩‍👩‍👧‍👦', custom } };
  const { body, headers } = await rest(room).get(`/messages/${sent.body.sequence}`, owner);
  t.match(body, { ...item, version: sent.body.sequence, reactions: [] });
  t.equal(headers['etag'], `"${sent.body.sequence}"`);
  await write(room);
  await mark(sent.body.sequence);
  const page = await rest(room).get('/messages', owner);
  t.equal(JSON.stringify(page.body.items[0].body), JSON.stringify(item.body), 'byte for byte');
});

t.test('who may not write there, or what does not fit, is refused, and nothing is stored', async (t) => {
  const room = await aRoom(ann);
  const before = (await api.bus.log.heads([room])).get(room);
  t.match(await send(stranger, room, { text: 'x' }), { status: 403, body: { code: 'not_member' } });
  t.match(await send(ann, newId(), { text: 'x' }), { status: 404, body: { code: 'not_found' } });
  t.equal((await api.post(`/v1/rooms/${room}/messages`, { body: { text: 'x' } })).status, 401);
  const bad: [body: object, status: number][] = [
    [{ text: ' ' }, 400],
    [{ text: 'x'.repeat(1_001) }, 413],
    [{ text: 'x', custom: { $set: 1 } }, 400],
    [{ text: 'x', custom: { a: 'x'.repeat(3_000) } }, 413],
    [{ text: 'x', custom: [] }, 400],
    [{ text: 'x', quote: 4_711 }, 404],
    [{ text: { $ne: 1 } }, 400],
    [{}, 400],
  ];
  for (const [body, status] of bad)
    t.equal((await send(ann, room, body)).status, status, JSON.stringify(body).slice(0, 60));
  t.equal((await api.bus.log.heads([room])).get(room), before);
});

t.test('a room that is frozen, archived or slow, and a member who is muted, are as on a socket', async (t) => {
  const room = await aRoom(ann, bob);
  const mine = await say(ann, room, 'mine');
  const { patch, put, remove } = rest(room);
  const set = (fields: object) => db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: fields });
  const mute = (until: number) =>
    db.collection<{ _id: string }>('members').updateOne({ _id: `${room}:${ann.id}` }, { $set: { mute: until } });
  await mute(Date.now() + 60_000);
  for (const refused of [
    await send(ann, room, { text: 'x' }),
    await patch(mine, ann, { body: { text: 'y' } }),
    await put(`/messages/${mine}/reactions/%F0%9F%91%8D`),
  ]) {
    t.match(refused, { status: 403, body: { code: 'muted' } });
  }
  t.equal((await remove(`/messages/${mine}`)).status, 200, 'he may take back what he wrote');
  await mute(0);
  const second = await say(ann, room, 'second');
  await set({ frozen: true });
  t.match(await send(ann, room, { text: 'x' }), { status: 403, body: { code: 'frozen' } });
  t.equal((await send(owner, room, { text: 'who keeps order may' })).status, 201);
  await set({ frozen: false, slow: 3_600 });
  const clientId = key();
  t.equal((await send(ann, room, { text: 'my turn' }, { clientId })).status, 201);
  t.match(await send(ann, room, { text: 'too soon' }), { status: 429, body: { code: 'slow_mode' } });
  t.match(await send(ann, room, { text: 'my turn' }, { clientId }), { status: 201, body: { duplicate: true } });
  await set({ slow: 0, archived: true });
  for (const refused of [
    await send(owner, room, { text: 'x' }),
    await patch(second, ann, { body: { text: 'y' } }),
    await remove(`/messages/${second}`),
    await put(`/messages/${second}/reactions/%F0%9F%91%8D`),
    await put(`/pins/${second}`, owner),
  ]) {
    t.match(refused, { status: 403, body: { code: 'frozen' } });
  }
});

t.test('an answer belongs to the thread of what it answers, and counts there at once', async (t) => {
  const room = await aRoom(ann, bob);
  const root = await say(owner, room, 'root');
  const first = await say(ann, room, 'first', { thread: root });
  const second = await say(bob, room, 'second', { thread: first, also: true });
  const { get, remove } = rest(room);
  const shown = async () => (await get(`/messages/${root}`)).body.replies;
  t.match(await shown(), { count: 2, last: { sequence: second }, users: [bob.id, ann.id] });
  t.match((await get(`/messages/${second}`)).body, { thread: root, also: true });
  const { body } = await get(`/messages/${first}/thread?limit=1`);
  t.match(body, { root: { sequence: root }, items: [{ sequence: second }], next: second });
  t.same(numbers((await get(`/messages/${root}/thread?after=${root}`)).body), [second, first]);
  t.same(numbers((await get(`/messages?thread=${root}`)).body), [second, first]);
  t.same(numbers((await get('/threads')).body), [root]);
  t.equal((await remove(`/messages/${second}`, bob)).status, 200);
  t.match(await shown(), { count: 1 });
  t.equal((await remove(`/messages/${root}`, owner)).status, 200);
  t.match((await get(`/messages/${root}`)).body, { deleted: true, body: { text: '' }, replies: { count: 1 } });
  t.equal((await send(ann, room, { text: 'still' }, { thread: root })).status, 201, 'a deleted root keeps its thread');
  t.match(await shown(), { count: 2 });
});

t.test('threads count what is written and what is not, whichever deletion comes when', async (t) => {
  const room = await aRoom(ann, bob);
  const root = await say(owner, room, 'root');
  const [first, second] = [await say(ann, room, '1', { thread: root }), await say(ann, room, '2', { thread: root })];
  await write(room);
  await mark(second);
  const row: ThreadRow = {
    ...{ _id: eventRowId(room, root), r: room, m: root, n: 2, users: [ann.id], ver: second },
    last: { s: second, u: ann.id, at: new Date() },
  };
  await db.collection<ThreadRow>('threads').insertOne(row);
  const { get, remove } = rest(room);
  const count = async () => (await get(`/messages/${root}`)).body.replies?.count;
  t.equal(await count(), 2);
  const third = await say(bob, room, '3', { thread: root });
  t.equal(await count(), 3);
  await remove(`/messages/${first}`);
  await remove(`/messages/${third}`, bob);
  t.equal(await count(), 1);
  await write(room);
  t.equal(await count(), 1, 'rows above the watermark are there, the thread is not counted yet');
  await db
    .collection('events')
    .updateOne({ _id: eventRowId(room, first) as never }, { $set: { del: true, ver: third + 1 } });
  t.equal(await count(), 1, 'the deletion is written, the thread is not counted yet');
  const other = await say(ann, room, 'another root');
  const last = await say(bob, room, '4', { thread: other });
  t.same(numbers((await get('/threads')).body), [other, root], 'the latest answer first');
  const page = (await get('/threads?limit=1')).body;
  t.same([numbers(page), page.next], [[other], last]);
  t.same(numbers((await get(`/threads?before=${page.next}`)).body), [root]);
});

t.test('quotes, answers, pins and forwards name messages of rooms that one is in', async (t) => {
  const [room, secret] = [await aRoom(ann), await aRoom()];
  const hidden = await say(owner, secret, 'secret');
  const seen = await say(owner, room, 'seen');
  const { get, put, patch } = rest(room);
  for (const refused of [
    await send(ann, room, { text: 'x', quote: hidden }),
    await send(ann, room, { text: 'x' }, { thread: hidden }),
    await patch(hidden, ann, { body: { text: 'x' } }),
    await put(`/pins/${hidden}`, owner),
    await get(`/messages/${hidden}`),
    await get(`/messages/${hidden}/thread`),
    await get(`/messages/${hidden}/edits`),
    await get(`/messages/${hidden}/reactions/x`),
    await api.post(`/v1/rooms/${room}/messages/${hidden}/forward`, { to: [room] }, ann.token),
  ]) {
    t.match(refused, { status: 404, body: { code: 'not_found' } });
  }
  const others = rest(secret);
  for (const path of ['/messages', '/threads', '/pins', `/messages/${hidden}`, `/messages/${hidden}/thread`]) {
    t.match(await others.get(path), { status: 403, body: { code: 'not_member' } }, path);
  }
  t.match(await api.post(`/v1/rooms/${room}/messages/${seen}/forward`, { to: [room, secret] }, ann.token), {
    status: 403,
    body: { code: 'not_member' },
  });
  t.equal(numbers((await get('/messages')).body).length, 1, 'refused by one it goes to none');
});

t.test('forwarded, a message says where it comes from, goes to each room once, and is not edited', async (t) => {
  const [from, to, second] = [await aRoom(ann), await aRoom(ann), await aRoom(ann)];
  const { body: sent } = await send(owner, from, { text: 'news', custom: { a: 1 }, quote: undefined });
  const forward = (user: TestUser, path: string, ask: object) => api.post(`/v1/rooms/${path}/forward`, ask, user.token);
  const clientId = key();
  const { body } = await forward(ann, `${from}/messages/${sent.sequence}`, { to: [to, second, to], clientId });
  t.same(
    body.items.map(({ room }: { room: string }) => room),
    [to, second],
  );
  const origin = { room: from, sequence: sent.sequence, user: owner.id };
  const { sequence } = body.items[0];
  const copy = (await rest(to).get(`/messages/${sequence}`)).body;
  t.match(copy, { user: ann.id, body: { text: 'news', custom: { a: 1 }, forwarded: origin } });
  const on = await forward(ann, `${to}/messages/${sequence}`, { to: [second] });
  const twice = (await rest(second).get(`/messages/${on.body.items[0].sequence}`)).body;
  t.match(twice.body.forwarded, origin, 'forwarded again it comes from where it began');
  t.match(await rest(to).patch(sequence, ann, { body: { text: 'fake' } }), { status: 403 });
  await rest(from).remove(`/messages/${sent.sequence}`, owner);
  const again = await forward(ann, `${from}/messages/${sent.sequence}`, { to: [to, second], clientId });
  t.match(again.body.items, [{ sequence, duplicate: true }, { duplicate: true }], 'also when it is deleted meanwhile');
  t.equal((await forward(ann, `${from}/messages/${sent.sequence}`, { to: [to] })).status, 404);
  t.equal((await forward(ann, `${to}/messages/${sequence}`, { to: Array(11).fill(second) })).status, 400);
  const written = await send(ann, second, { text: 'mine' }, { clientId: key() });
  const used = (await rest(second).get(`/messages/${written.body.sequence}`)).body.clientId;
  t.match(await forward(ann, `${to}/messages/${sequence}`, { to: [second], clientId: used }), { status: 409 });
});

t.test('an edit keeps what it does not name, and all versions are there until the message is deleted', async (t) => {
  const room = await aRoom(ann, bob);
  const quoted = await say(owner, room, 'quoted');
  const { body: sent } = await send(ann, room, { text: 'one', custom: { a: 1 }, quote: quoted });
  const { patch, get, remove } = rest(room);
  const item = async () => (await get(`/messages/${sent.sequence}`)).body;
  await patch(sent.sequence, ann, { body: { text: 'two' } });
  t.match((await item()).body, { text: 'two', custom: { a: 1 }, quote: quoted });
  const clientId = key();
  const third = await patch(sent.sequence, ann, { body: { text: 'three', custom: null, quote: null }, clientId });
  t.same((await item()).body, { text: 'three' });
  const repeat = (body: object) => patch(sent.sequence, ann, { body, clientId });
  t.match(await repeat({ text: 'three', custom: null, quote: null }), { body: { ...third.body, duplicate: true } });
  t.match(await repeat({ text: 'three', custom: { b: 1 } }), { status: 409 });
  t.match(await patch(sent.sequence, owner, { body: { text: 'x' } }), { status: 403 }, 'who keeps order deletes only');
  t.match(await patch(sent.sequence, ann, { body: { text: 'x', quote: 4_711 } }), { status: 404 });

  const edits = `/messages/${sent.sequence}/edits`;
  const texts = ({ body }: { body: { items: { body: { text: string } }[] } }) => body.items.map((one) => one.body.text);
  t.same(texts(await get(edits, bob)), ['one', 'two', 'three']);
  await write(room);
  await mark(third.body.sequence);
  t.same(texts(await get(edits, bob)), ['one', 'two', 'three'], 'written');
  const page = await get(`${edits}?limit=2`, bob);
  t.same(texts(page), ['one', 'two']);
  t.same(texts(await get(`${edits}?limit=2&after=${page.body.next}`, bob)), ['three']);
  await remove(`/messages/${sent.sequence}`);
  t.match(await get(edits, bob), { status: 404 });
});

t.test('with a version an edit is made only while the message is that', async (t) => {
  const room = await aRoom(ann);
  const seq = await say(ann, room, 'one');
  const { patch } = rest(room);
  t.match(await patch(seq, ann, { body: { text: 'two' }, ifVersion: seq + 1 }), {
    status: 412,
    body: { code: 'conflict' },
  });
  const { body } = await patch(seq, ann, { body: { text: 'two' }, ifVersion: seq });
  t.match(await patch(seq, ann, { body: { text: 'three' }, ifVersion: seq }), { status: 412 });
  t.equal((await patch(seq, ann, { body: { text: 'three' }, ifVersion: body.sequence })).status, 200);
});

t.test('who has put a reaction is listed in pages, written or not', async (t) => {
  const room = await aRoom(ann, bob);
  const seq = await say(owner, room, 'like it?');
  const { put, get, remove } = rest(room);
  const path = `/messages/${seq}/reactions/${encodeURIComponent('👍')}`;
  for (const user of [owner, ann, bob]) await put(path, user);
  await put(`/messages/${seq}/reactions/x`);
  await remove(path, bob);
  const all = [owner.id, ann.id].sort();
  const listed = ({ body }: { body: { items: { user: string; nickname: string }[] } }) => body.items;
  const found = listed(await get(path));
  t.same(
    found.map(({ user }) => user),
    all,
  );
  t.ok(found.every(({ nickname }) => nickname.startsWith('user-')));
  const rows = [owner, ann, bob].map(({ id }) => ({
    _id: `${eventRowId(room, seq)}:${id}:👍` as never,
    ...{ r: room, m: seq, u: id, e: '👍', on: true, ver: seq + 1 },
  }));
  await db.collection('reactions').insertMany(rows);
  t.same(
    listed(await get(path)).map(({ user }) => user),
    all,
    'half written',
  );
  const page = await get(`${path}?limit=1`);
  t.same(
    listed(page).map(({ user }) => user),
    all.slice(0, 1),
  );
  t.same(
    listed(await get(`${path}?limit=1&cursor=${page.body.next}`)).map(({ user }) => user),
    all.slice(1),
  );
});

t.test('a message has twenty different reactions at most, and any number of each', async (t) => {
  const room = await aRoom(ann);
  const seq = await say(owner, room, 'x');
  const { put } = rest(room);
  for (let n = 0; n < 20; n++) t.equal((await put(`/messages/${seq}/reactions/e${n}`)).status, 200);
  t.match(await put(`/messages/${seq}/reactions/e20`), { status: 409, body: { code: 'conflict' } });
  t.equal((await put(`/messages/${seq}/reactions/e7`, owner)).status, 200);
});

t.test('who keeps order pins; the last pinned comes first; what is deleted is no pin any more', async (t) => {
  const room = await aRoom(ann);
  const seqs = [await say(ann, room, 'a'), await say(ann, room, 'b'), await say(ann, room, 'c')];
  const { put, get, remove } = rest(room);
  const pins = async () =>
    (await get('/pins')).body.items.map((pin: { message: { sequence: number } }) => pin.message.sequence);
  t.match(await put(`/pins/${seqs[0]}`), { status: 403, body: { code: 'forbidden' } });
  for (const seq of seqs) t.equal((await put(`/pins/${seq}`, owner)).status, 200);
  t.same(await pins(), seqs.toReversed());
  t.match((await get('/pins')).body.items[0], { by: owner.id, message: { body: { text: 'c' } } });
  const row = (m: number) => ({
    _id: eventRowId(room, m) as never,
    r: room,
    m,
    u: owner.id,
    at: new Date(),
    on: true,
    ver: m + 3,
  });
  await db.collection('pins').insertMany(seqs.map(row));
  t.same(await pins(), seqs.toReversed(), 'written and not');
  await remove(`/pins/${seqs[1]}`, owner);
  t.same(await pins(), [seqs[2], seqs[0]]);
  await remove(`/messages/${seqs[2]}`);
  t.same(await pins(), [seqs[0]]);
  t.match(await remove(`/pins/${seqs[0]}`), { status: 403 });
  t.match(await put(`/pins/${seqs[2]}`, owner), { status: 404 });
});

t.test('a room has a hundred pins at most, however many come at once; what is deleted makes room', async (t) => {
  const room = await aRoom(ann);
  const seqs: number[] = [];
  for (let n = 0; n < 104; n++) seqs.push(await say(owner, room, `${n}`));
  await write(room);
  await mark(seqs.at(-1) as number);
  const { put, get, remove } = rest(room);
  const taken = await Promise.all(seqs.map((seq) => put(`/pins/${seq}`, owner)));
  const kept = seqs.filter((_, n) => taken[n]?.status === 200);
  t.equal(kept.length, 100);
  t.equal(taken.filter(({ status, body }) => status === 409 && body.code === 'conflict').length, 4);
  t.equal((await get('/pins')).body.items.length, 100);
  const [left] = seqs.filter((seq) => !kept.includes(seq));
  await remove(`/messages/${kept[0]}`, owner);
  await db.collection('pin_places').updateOne({ _id: room as never }, { $set: { 'places.$[].at': new Date(0) } });
  t.equal((await put(`/pins/${left}`, owner)).status, 200);
  t.equal((await get('/pins')).body.items.length, 100);
});

t.test('a page around a number has as many on both sides, whatever stands there', async (t) => {
  const room = await aRoom(ann);
  const seqs: number[] = [];
  for (let n = 0; n < 12; n++) seqs.push(await say(owner, room, `${n}`));
  const { get, remove } = rest(room);
  await write(room);
  await mark(seqs[5] as number);
  const around = async (seq: number, limit: number) => (await get(`/messages?around=${seq}&limit=${limit}`)).body;
  const page = await around(seqs[6] as number, 6);
  t.same(numbers(page), seqs.slice(3, 9).toReversed());
  t.match(page, { next: seqs[3], newer: seqs[8] });
  await remove(`/messages/${seqs[6]}`, owner);
  t.match((await around(seqs[6] as number, 6)).items[2], { sequence: seqs[6], deleted: true });
  t.same(numbers(await around((seqs[6] as number) + 1, 6)), seqs.slice(4, 10).toReversed(), 'a number between two');
  const first = await around(1, 6);
  t.same([numbers(first), first.next], [seqs.slice(0, 3).toReversed(), undefined]);
  const end = await around(9_999_999, 6);
  t.same([numbers(end), end.newer], [seqs.slice(9).toReversed(), undefined]);
  const one = await around(seqs[6] as number, 1);
  t.match([numbers(one), one.next, one.newer], [[seqs[6]], seqs[6], seqs[6]]);
  const found = numbers((await get(`/messages?before=${page.next}`)).body);
  t.same(found, seqs.slice(0, 3).toReversed(), 'the pages fit together');
  t.same(numbers((await get(`/messages?after=${page.newer}`)).body), seqs.slice(9).toReversed());
});

t.test('a whisper is a message of the direct room, and names the room in which it was whispered', async (t) => {
  const room = await aRoom(ann, bob);
  const whisper = (user: TestUser, ask: object) => api.post('/v1/whispers', ask, user.token);
  const clientId = key();
  const { status, body } = await whisper(ann, { user: bob.id, body: { text: 'psst' }, room, clientId });
  t.equal(status, 201);
  const again = await whisper(ann, { user: bob.id, body: { text: 'psst' }, room, clientId });
  t.same(again.body, { ...body, duplicate: true });
  t.match(await whisper(ann, { user: bob.id, body: { text: 'psst' }, clientId }), { status: 409 });
  const direct = rest(body.room);
  t.match((await direct.get('/messages', bob)).body.items, [
    { user: ann.id, whisperedIn: room, body: { text: 'psst' } },
  ]);
  t.match(await direct.get('/messages', owner), { status: 404 });
  const back = await whisper(bob, { user: ann.id, body: { text: 'what?', quote: body.sequence } });
  t.equal(back.body.room, body.room, 'one room for the two');
  t.equal((await direct.put(`/pins/${body.sequence}`, bob)).status, 200, 'both pin there');
  t.equal((await direct.put(`/pins/${body.sequence}`, ann)).status, 200);
  t.match(await whisper(ann, { user: stranger.id, body: { text: 'x' }, room }), { status: 404 });
  t.match(await whisper(stranger, { user: ann.id, body: { text: 'x' }, room }), {
    status: 403,
    body: { code: 'not_member' },
  });
  t.match(await whisper(ann, { user: newId(), body: { text: 'x' } }), { status: 404 });
  const block = { _id: `${bob.id}:${ann.id}` as never, by: bob.id, u: ann.id, at: new Date(), n: '1' };
  await db.collection('blocks').insertOne(block);
  for (const user of [ann, bob]) {
    const other = user === ann ? bob : ann;
    t.match(await whisper(user, { user: other.id, body: { text: 'x' } }), { status: 403, body: { code: 'blocked' } });
    t.match(await send(user, body.room, { text: 'x' }), { status: 403, body: { code: 'blocked' } });
  }
  await db.collection('blocks').deleteOne({ _id: block._id });
});

t.test('a socket is shown the same page, with what came of each message', async (t) => {
  const room = await aRoom(ann, bob);
  const seq = await say(ann, room, 'one');
  await rest(room).patch(seq, ann, { body: { text: 'two', custom: { a: 1 } } });
  await rest(room).put(`/messages/${seq}/reactions/x`, bob);
  const reply = await say(bob, room, 'three', { thread: seq, also: true });
  const ask = { u: ann.id, r: room, around: seq, limit: 10 };
  const page = (await api.bus.commands.call('history.page', ask)) as { ev: Record<string, unknown>[] };
  t.match(page.ev, [
    {
      s: seq,
      b: { text: 'two', custom: { a: 1 } },
      ed: Number,
      rx: [['x', 1, 0]],
      th: { n: 1, s: reply, us: [bob.id] },
    },
    { s: reply, re: seq, also: 1, ver: reply },
  ]);
  const thread = (await api.bus.commands.call('history.page', {
    u: ann.id,
    r: room,
    re: seq,
    limit: 10,
  })) as typeof page;
  t.same(
    thread.ev.map(({ s }) => s),
    [reply],
  );
  t.same(await api.bus.commands.call('messages.root', { r: room, m: reply }), { root: seq });
  t.same(await api.bus.commands.call('messages.root', { r: room, m: 1 }), { root: null });
});

t.test('every command answers a call as it answers REST', async (t) => {
  const room = await aRoom(ann);
  const call = async (name: string, p: object) =>
    (await api.bus.commands.change(`call.${name}`, { u: ann.id, sid: newId(), p })) as Record<string, unknown>;
  const clientId = key();
  const sent = await call('messages.send', { room, body: { text: 'by call' }, clientId });
  t.match((await send(ann, room, { text: 'by call' }, { clientId })).body, { ...sent, duplicate: true });
  const sequence = sent['sequence'] as number;
  t.match(await call('messages.get', { room, sequence }), { body: { text: 'by call' } });
  t.match(await call('messages.edits', { room, sequence }), { items: [{ version: sequence }] });
  t.match(await call('messages.thread', { room, sequence }), { root: { sequence }, items: [] });
  t.match(await call('threads.list', { room }), { items: [] });
  t.match(await call('messages.pins', { room }), { items: [] });
});
