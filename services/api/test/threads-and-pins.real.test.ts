import { encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { type ClientId, eventRowId, newId, type RoomId, type ThreadRow, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { explain } from './support/explain.ts';
import { numbers, startTalk } from './support/talk.ts';

const mongo = await startMongo(t);
const { api, db, owner, ann, bob, aRoom, send, say, rest, write, mark } = await startTalk(t, mongo.url);

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

async function answer(room: RoomId, user: UserId, thread: number): Promise<void> {
  const clientId = newId<never>() as ClientId;
  const event = messageEvent({ room, user, at: Date.now(), clientId, body: { text: 'x' }, thread });
  const id = eventId(room, user, 'msg', clientId);
  await api.bus.log.append({ room, id, lane: `${room}:${user}`, bytes: encodeEvent(event) });
}

t.test('unwritten answers are looked up once each, and those to other messages not at all', async (t) => {
  const room = await aRoom(ann);
  const [quiet, busy] = [await say(owner, room, 'quiet'), await say(owner, room, 'busy')];
  await write(room);
  await mark(busy);
  const users = Array.from({ length: 60 }, () => newId<UserId>());
  for (let n = 0; n < 600; n++) await answer(room, users[n % 60] as UserId, busy);
  const { get } = rest(room);
  const keysFor = async (path: string, shown: object) => {
    const found = await explain(db, async () => t.match((await get(path)).body, shown));
    return found.filter(({ collection }) => collection === 'events').map(({ keysExamined }) => keysExamined);
  };
  const ofQuiet = await keysFor(`/messages/${quiet}`, { sequence: quiet, replies: undefined });
  t.ok(Math.max(...ofQuiet) < 10, `${ofQuiet}`);
  const ofBusy = await keysFor(`/messages/${busy}`, { replies: { count: 600 } });
  t.ok(Math.max(...ofBusy) < 500, `${ofBusy}`);
});
