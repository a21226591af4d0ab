import { eventRowId, newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import type { TestUser } from './support/api.ts';
import { key, numbers, startTalk } from './support/talk.ts';

const mongo = await startMongo(t);
const { api, db, owner, ann, bob, stranger, aRoom, send, say, rest, write, mark } = await startTalk(t, mongo.url);

t.test('a message is sent by REST, once for its client id, and is in history as it was sent', async (t) => {
  const room = await aRoom(ann);
  const clientId = key();
  const custom = { z: [1, { '👍': 'é' }], 'a\nkey': null, n: 0.1, d: '2026-11-21T00:00:00.000Z' };
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
  const { version } = body;
  await rest(room).put(`/messages/${sent.body.sequence}/reactions/x`);
  const since = { 'if-none-match': `"${version}"` };
  const fresh = await api.request(
    'GET',
    `/v1/rooms/${room}/messages/${sent.body.sequence}`,
    owner.token,
    undefined,
    since,
  );
  t.match([fresh.status, fresh.body.reactions], [200, [{ emoji: 'x' }]], 'a reaction makes no version');
  await write(room);
  await mark(sent.body.sequence + 1);
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
  const [from, secret] = [await aRoom(ann), await aRoom()];
  const source = await say(owner, from, 'source');
  const forward = (seq: number, to: string[]) =>
    api.post(`/v1/rooms/${from}/messages/${seq}/forward`, { to }, ann.token);
  for (const refused of [
    await send(ann, room, { text: 'x', quote: 4_711 }),
    await send(ann, room, { text: 'x' }, { thread: 4_711 }),
    await forward(source, [room, secret]),
    await forward(4_711, [room]),
  ]) {
    t.ok([403, 404].includes(refused.status), 'what is refused takes no turn');
  }
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
  const other = await say(owner, from, 'other news');
  for (const rooms of [[to], [to, second], [from, to]]) {
    const refused = await forward(ann, `${from}/messages/${other}`, { to: rooms, clientId });
    t.match(refused, { status: 409, body: { code: 'conflict' } }, 'another message under the same client id');
  }
  const onKey = key();
  const onward = () => forward(ann, `${to}/messages/${sequence}`, { to: [from], clientId: onKey });
  t.match((await onward()).body.items, [{ duplicate: undefined }]);
  t.match((await onward()).body.items, [{ duplicate: true }], 'one that was forwarded before is known again');
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
  t.match(page.headers['link'], `edits?limit=2&after=${page.body.next}>`);
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

t.test('who is mentioned is shown under the name that he has now', async (t) => {
  const room = await aRoom(ann, bob);
  const seq = await say(ann, room, '@bob');
  await write(room);
  const row = { _id: eventRowId(room, seq) as never };
  await db.collection('events').updateOne(row, { $set: { men: [bob.id, newId()] } });
  t.equal((await api.request('PATCH', '/v1/me', bob.token, { nickname: 'robert' })).status, 200);
  const { body } = await rest(room).get(`/messages/${seq}`);
  t.match(body.mentions, [{ user: bob.id, nickname: 'robert' }, { user: String }]);
  t.equal(body.mentions[1].nickname, undefined, 'who is gone has no name');
  const page = (await api.bus.commands.call('history.page', { u: ann.id, r: room, limit: 1 })) as { ev: object[] };
  t.match(page.ev, [{ s: seq, men: [bob.id, String] }]);
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
