import { encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { type Callable, callSubject } from '@gapless/shared/commands';
import { type ClientId, newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';
import { explain } from './support/explain.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const { get, post, signUp, bus } = api;
const db = api.mongo.db(api.config.mongoDatabase);

async function say(room: RoomId, { id: user }: TestUser): Promise<number> {
  const clientId = newId<never>() as ClientId;
  const event = messageEvent({ room, user, at: Date.now(), clientId, body: { text: 'buy this' } });
  const stored = { room, id: eventId(room, user, 'msg', clientId), lane: room, bytes: encodeEvent(event) };
  return (await bus.log.append(stored)).seq;
}

const call = (user: TestUser, name: Callable, p: object) =>
  bus.commands.change(callSubject(name), { u: user.id, sid: newId(), p });

async function aRoom(history = 'all') {
  const [owner, author, member, stranger] = [await signUp(), await signUp(), await signUp(), await signUp()];
  const { body } = await post('/v1/rooms', { name: 'a room', history }, owner.token);
  const room: RoomId = body.id;
  const join = (user: TestUser) => post(`/v1/rooms/${room}/join`, {}, user.token);
  await join(author);
  const sequence = await say(room, author);
  await join(member);
  const report = (user: TestUser, of = sequence, more: object = { reason: 'spam' }) =>
    post(`/v1/rooms/${room}/messages/${of}/reports`, more, user.token);
  const list = (user: TestUser, query = '') => get(`/v1/rooms/${room}/reports${query}`, user.token);
  const resolve = (user: TestUser, id: string, text?: string) =>
    post(`/v1/rooms/${room}/reports/${id}/resolve`, text === undefined ? {} : { text }, user.token);
  return { owner, author, member, stranger, room, sequence, report, list, resolve };
}

t.test('a member reports a message once, and who keeps order deals with it', async (t) => {
  const { owner, author, member, sequence, report, list, resolve } = await aRoom();
  const first = await report(member, sequence, { reason: 'spam', text: 'again and again' });
  t.match(first, { status: 200, body: { sequence, author: author.id, by: member.id, reason: 'spam' } });
  const again = await report(member, sequence, { reason: 'hate' });
  t.same(again.body, first.body, 'repeated it stays what it was');
  t.match((await report(owner)).body, { by: owner.id, reason: 'spam' });
  const open = await list(owner);
  t.match(open.body.items, [{ by: owner.id }, { by: member.id, text: 'again and again' }], 'the newest first');
  t.same((await list(owner, '?limit=1')).body.items.length, 1);
  t.match(await resolve(owner, first.body.id, 'Removed'), {
    status: 200,
    body: { resolved: { by: owner.id, text: 'Removed' } },
  });
  t.match((await resolve(owner, first.body.id, 'Twice')).body.resolved, { text: 'Removed' }, 'the first word stands');
  t.match((await list(owner)).body.items, [{ by: owner.id }]);
  t.match((await list(owner, '?state=resolved')).body.items, [{ id: first.body.id, resolved: { at: String } }]);
  t.same((await report(member)).body, first.body, 'who reports is not told what became of it');
});

t.test('of a message nothing is kept but where it is', async (t) => {
  const { member, room, report } = await aRoom();
  await report(member);
  const [row] = await db.collection('reports').find({ r: room }).toArray();
  t.same(Object.keys(row ?? {}).sort(), ['_id', 'at', 'by', 'open', 'r', 's', 'to', 'why']);
  t.notOk(JSON.stringify(row).includes('buy this'));
});

t.test('of many reports of one member at once there is one', async (t) => {
  const { owner, member, report, list } = await aRoom();
  const ids = (await Promise.all(Array.from({ length: 6 }, () => report(member)))).map(({ body }) => body.id);
  t.equal(new Set(ids).size, 1);
  t.equal((await list(owner)).body.items.length, 1);
});

t.test('nobody reports what he does not see, or his own', async (t) => {
  const { author, member, stranger, room, sequence, report } = await aRoom('joined');
  t.match(await report(member), { status: 404, body: { detail: 'No such message' } }, 'from before he came');
  t.match(await report(member, sequence + 1_000), { status: 404 });
  t.match(await report(stranger), { status: 403, body: { code: 'not_member' } });
  t.match(await report(author), { status: 403, body: { code: 'forbidden' } });
  t.match(await report(member, 1), { status: 404 }, 'what is no message');
  const elsewhere = await aRoom();
  const path = `/v1/rooms/${elsewhere.room}/messages/${sequence}/reports`;
  t.match(await post(path, { reason: 'spam' }, elsewhere.member.token), { status: 404 }, 'of another room');
  t.equal(await db.collection('reports').countDocuments({ r: room }), 0);
});

t.test('members and strangers neither list reports nor resolve them, nor does who keeps order elsewhere', async (t) => {
  const { owner, member, stranger, report, list, resolve } = await aRoom();
  const { body } = await report(member);
  t.match(await list(member), { status: 403, body: { code: 'forbidden' } });
  t.match(await list(stranger), { status: 403, body: { code: 'not_member' } });
  t.match(await resolve(member, body.id), { status: 403, body: { code: 'forbidden' } });
  const elsewhere = await aRoom();
  t.match(await list(elsewhere.owner), { status: 403, body: { code: 'not_member' } });
  t.match(await elsewhere.resolve(elsewhere.owner, body.id), { status: 404 }, 'by way of his own room');
  t.notOk('resolved' in (await list(owner)).body.items[0]);
});

t.test('reports of a direct room are for admins', async (t) => {
  const { owner, member, room, report, list } = await aRoom();
  await report(member);
  await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { kind: 'direct' } });
  t.match(await list(owner), { status: 403 });
  const admin = await signUp();
  t.match(await list(admin), { status: 404, body: { code: 'not_found' } });
  await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  t.match(await list(admin), { status: 404 }, 'not by the public door, whatever he is');
  const path = `/v1/admin/rooms/${room}/reports`;
  const { items } = (await get(path, admin.token)).body;
  t.match(items, [{ by: member.id }]);
  t.match(await get(path, owner.token), { status: 403 }, 'nor for others');
  const resolved = await post(`${path}/${items[0].id}/resolve`, { text: 'Removed' }, admin.token);
  t.match(resolved, { status: 200, body: { resolved: { by: admin.id, text: 'Removed' } } });
  const judged = { cmd: 'reports.resolveAny', by: `user:${admin.id}`, end: 'done' };
  t.match(await db.collection('audit').findOne(judged), { on: [room, items[0].id] }, 'and each judgement is noted');
  t.match(await get(`/v1/admin/rooms/${newId()}/reports`, admin.token), { body: { code: 'not_found' } });
});

t.test('admins see the reports of all rooms with what the messages say, and page through them', async (t) => {
  const [first, second] = [await aRoom(), await aRoom()];
  const admin = await signUp();
  const all = (query = '') => get(`/v1/admin/reports${query}`, admin.token);
  t.match(await all(), { status: 403, body: { code: 'forbidden' } }, 'not for others');
  await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  const older = (await first.report(first.member)).body.id;
  const newer = (await second.report(second.member)).body.id;
  const page = await all('?limit=1');
  t.match(page.body.items, [{ id: newer, room: second.room, by: second.member.id, body: { text: 'buy this' } }]);
  t.match((await all(`?limit=1&cursor=${page.body.next}`)).body.items, [{ id: older, room: first.room }]);
  t.match(await first.resolve(admin, older, 'Removed'), { status: 403 });
  const judge = (to: RoomId) => post(`/v1/admin/rooms/${to}/reports/${older}/resolve`, {}, admin.token);
  t.match(await judge(second.room), { status: 404 }, 'by way of another room');
  t.match(await judge(first.room), { status: 200, body: { resolved: { by: admin.id } } });
  t.match((await all('?state=resolved&limit=1')).body.items, [{ id: older }]);
  t.notOk((await all()).body.items.some(({ id }: { id: string }) => id === older));
  const path = `/v1/rooms/${second.room}/messages/${second.sequence}`;
  const deleted = await api.request('DELETE', `${path}?clientId=${newId()}`, second.owner.token);
  t.equal(deleted.status, 200);
  t.notOk('body' in (await all('?limit=1')).body.items[0], 'what is deleted is not shown');
});

t.test('who keeps order is no judge of his own message, and is not told who reported it', async (t) => {
  const { owner, member, room, list, resolve } = await aRoom();
  const sequence = await say(room, owner);
  const path = `/v1/rooms/${room}/messages/${sequence}/reports`;
  const { body } = await post(path, { reason: 'hate', text: 'he wrote me before' }, member.token);
  const [shown] = (await list(owner)).body.items;
  t.match(shown, { id: body.id, sequence, reason: 'hate' });
  t.notOk('by' in shown);
  t.notOk('text' in shown);
  t.match(await resolve(owner, body.id), { status: 403, body: { code: 'forbidden' } });
  t.match((await list(owner)).body.items, [{ id: body.id }], 'it stays open');
});

t.test('the same over a socket', async (t) => {
  const { owner, member, room, sequence } = await aRoom();
  const reported = (await call(member, 'messages.report', { room, sequence, reason: 'other' })) as { id: string };
  t.match(await call(owner, 'reports.list', { room }), { items: [{ id: reported.id }] });
  const done = await call(owner, 'reports.resolve', { room, report: reported.id });
  t.match(done, { id: reported.id, resolved: { by: owner.id } });
  await t.rejects(call(member, 'reports.list', { room }), { message: /moderators/ });
});

t.test('reasons are from a list, texts bounded, ids ids', async (t) => {
  const { owner, member, room, sequence, report, list } = await aRoom();
  for (const more of [
    {},
    { reason: 'dislike' },
    { reason: { $ne: 'x' } },
    { reason: 'spam', text: 'x'.repeat(1_001) },
    { reason: 'spam', text: { $gt: '' } },
    { reason: 'spam', author: owner.id },
  ]) {
    t.match(await report(member, sequence, more), { status: 400, body: { code: 'bad_frame' } });
  }
  t.match(await post(`/v1/rooms/${room}/reports/$ne/resolve`, {}, owner.token), { status: 400 });
  t.match(await list(owner, '?state=all'), { status: 400 });
  t.match(await list(owner, '?cursor=x'), { status: 400, body: { code: 'bad_cursor' } });
  t.same((await list(owner)).body, { items: [] });
});

t.test('each of it goes by an index', async () => {
  const { owner, member, report, list, resolve } = await aRoom();
  await explain(db, async () => {
    const { body } = await report(member);
    await list(owner);
    await list(owner, '?state=resolved&limit=1');
    await resolve(owner, body.id);
  });
});
