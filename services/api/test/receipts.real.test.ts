import {
  type Bus,
  bucketOf,
  createMemoryBus,
  encodeEvent,
  encodeReceipts,
  eventId,
  messageEvent,
} from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, type MarkRow, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startApi, type TestUser } from './support/api.ts';
import { startTalk } from './support/talk.ts';

const mongo = await startMongo(t);

async function say(bus: Bus, room: RoomId, user: UserId): Promise<number> {
  const clientId = newId<never>() as ClientId;
  const bytes = encodeEvent(messageEvent({ room, user, at: Date.now(), clientId, body: { text: 'hi' } }));
  return (await bus.log.append({ room, id: eventId(room, user, 'msg', clientId), lane: room, bytes })).seq;
}

/** A room with its owner and one more member. */
async function setting(t: Test, bus: Bus = createMemoryBus()) {
  const api = await startApi(t, mongo.url, { bus });
  const [owner, member] = [await api.signUp(), await api.signUp()];
  const room = await api.room(owner);
  await api.post(`/v1/rooms/${room}/join`, {}, member.token);
  const seq = await say(bus, room, owner.id);
  const read = (user: TestUser, sequence: unknown, of: string = room) =>
    api.post(`/v1/rooms/${of}/read`, { sequence }, user.token);
  const receipts = async (user: TestUser) => (await api.get(`/v1/rooms/${room}/receipts`, user.token)).body.items;
  const readOf = async (user: TestUser) => (await api.get(`/v1/rooms/${room}`, user.token)).body.read;
  const db = api.mongo.db(api.config.mongoDatabase);
  const marks = db.collection<MarkRow>('reads');
  const watermarks = db.collection<{ _id: string }>('watermarks');
  return { ...api, bus, owner, member, roomId: room, seq, read, receipts, readOf, marks, watermarks };
}

t.test('who has read says so, and everybody is told at once, before anything is written', async (t) => {
  const { bus, owner, member, roomId, seq, read, receipts, readOf, get } = await setting(t);
  const heard: unknown[] = [];
  const following = await bus.live.follow(roomId, {
    event: () => undefined,
    signal: (bytes) => void heard.push(JSON.parse(Buffer.from(bytes).toString())),
  });
  const ofUsers = bus.signals.toUsers((user, bytes) => void heard.push([user, JSON.parse(`${Buffer.from(bytes)}`)]));
  t.equal(await readOf(member), 0);
  t.equal((await read(member, seq)).status, 204);
  t.match(heard, [
    { t: 'rcpt', r: roomId, w: [[member.id, seq, seq]] },
    [member.id, { t: 'readelse', r: roomId, s: seq }],
  ]);
  following.stop();
  ofUsers.stop();
  t.equal(await readOf(member), seq);
  t.equal(await readOf(owner), 0);
  const items = await receipts(owner);
  t.match(
    items.find(({ user }: { user: string }) => user === member.id),
    { received: seq, read: seq },
  );
  t.same(
    items.find(({ user }: { user: string }) => user === owner.id),
    { user: owner.id, received: 0, read: 0 },
  );
  t.equal((await get('/v1/rooms', member.token)).body.items[0].read, seq, 'in the list of rooms, too');
});

t.test('marks only rise, whether the log or MongoDB holds the higher one', async (t) => {
  const { bus, member, roomId, seq, read, readOf, marks, watermarks } = await setting(t);
  const last = await say(bus, roomId, member.id);
  await read(member, last);
  await read(member, seq);
  t.equal(await readOf(member), last);
  const { created = '' } = (await bus.receipts.state()) ?? {};
  await marks.insertOne({
    _id: `${roomId}:${member.id}`,
    r: roomId,
    u: member.id,
    recv: 9,
    read: last + 1,
    at: new Date(),
  });
  t.equal(await readOf(member), last + 1, 'of MongoDB');
  await watermarks.updateOne({ _id: 'RCPT.applied' }, { $set: { created, seq: 2 } }, { upsert: true });
  t.equal(await readOf(member), last + 1);
  const later = encodeReceipts({ at: 1, marks: [{ room: roomId, user: member.id, recv: 0, read: last + 7 }] });
  await bus.receipts.append({ bucket: bucketOf(roomId), id: 'later', bytes: later });
  await bus.receipts.append({ bucket: bucketOf(roomId), id: 'nonsense', bytes: Buffer.from('{') });
  t.equal(await readOf(member), last + 7, 'of the log, behind what is written');
  await watermarks.updateOne({ _id: 'RCPT.applied' }, { $set: { created: 'another', seq: 1_000 } });
  t.equal(await readOf(member), last + 7, 'what MongoDB knows of another stream says nothing of this one');
});

t.test('what cannot have been read is refused', async (t) => {
  const { bus, member, roomId, seq, read, signUp, receipts } = await setting(t);
  const stranger = await signUp();
  const refused: [user: TestUser, sequence: unknown, room: string, status: number, code: string][] = [
    [member, seq + 1, roomId, 400, 'bad_cursor'],
    [member, Number.MAX_SAFE_INTEGER, roomId, 400, 'bad_cursor'],
    [member, -1, roomId, 400, 'bad_frame'],
    [member, 1.5, roomId, 400, 'bad_frame'],
    [member, '1', roomId, 400, 'bad_frame'],
    [member, null, roomId, 400, 'bad_frame'],
    [member, 1, newId(), 404, 'not_found'],
    [member, 1, 'nonsense', 400, 'bad_frame'],
    [stranger, 1, roomId, 403, 'not_member'],
  ];
  for (const [user, sequence, room, status, code] of refused) {
    t.match(await read(user, sequence, room), { status, body: { code } }, `${sequence} in ${room}`);
  }
  t.equal((await bus.receipts.state())?.last, 0);
  t.equal(await receipts(stranger), undefined, 'nor are strangers told');
});

t.test(
  'while receipts cannot be read rooms are shown without them; what is asked for by itself says why',
  async (t) => {
    const bus = createMemoryBus();
    let away = false;
    const gone =
      <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
      async (...args: A) => {
        if (away) throw new Failure('log_unavailable');
        return work(...args);
      };
    const { receipts: whole } = bus;
    const faulty = { ...bus, receipts: { ...whole, state: gone(whole.state), append: gone(whole.append) } };
    const { member, roomId, seq, read, readOf, get } = await setting(t, faulty);
    t.equal((await read(member, seq)).status, 204);
    away = true;
    t.match(await get(`/v1/rooms/${roomId}`, member.token), { status: 200 });
    t.equal(await readOf(member), undefined, 'rather than something older');
    t.match(await get(`/v1/rooms/${roomId}/receipts`, member.token), { status: 503 });
    t.match(await read(member, seq), { status: 503 });
    away = false;
    t.equal(await readOf(member), seq);
  },
);

t.test('edges ask how far many users have read, and which rooms are too full to tell of each', async (t) => {
  const { bus, owner, member, roomId, seq, read, room, mongo, config } = await setting(t);
  const other = await room(owner);
  await read(member, seq);
  const ask = (w: unknown) => bus.commands.call('reads.find', { w });
  t.same(
    await ask([
      [member.id, [other, roomId]],
      [owner.id, [roomId]],
      [owner.id, []],
    ]),
    { w: [[[roomId, seq]], [], []] },
  );
  t.same(await ask([]), { w: [] });
  for (const nonsense of [undefined, {}, [[member.id]], [[member.id, ['*']]], [['?', []]]]) {
    t.equal(await ask(nonsense).catch(({ kind }) => kind), 'invalid_request');
  }
  const full = { $set: { members: 101 } };
  await mongo.db(config.mongoDatabase).collection<{ _id: string }>('rooms').updateOne({ _id: other }, full);
  t.same(await bus.commands.call('reads.crowds', { rs: [roomId, other, newId()] }), { rs: [other] });
  const questions = await Promise.all(Array.from({ length: 50 }, () => ask([[member.id, [roomId]]])));
  t.same(new Set(questions.map((answer) => JSON.stringify(answer))).size, 1, 'many at once get the same');
});

t.test('a room marked unread counts from there on until it is read again; nobody else sees that', async (t) => {
  const { api, db, ann, bob, stranger, aRoom, say, write, mark } = await startTalk(t, mongo.url);
  const room = await aRoom(ann, bob);
  const seqs: number[] = [];
  for (let n = 0; n < 4; n++) seqs.push(await say(bob, room, `hi ${n}`));
  const [first, second, , last] = seqs as [number, number, number, number];
  await write(room);
  await mark(last);
  const lastMessage = { s: last, u: bob.id, at: new Date(), text: 'hi' };
  await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { last: lastMessage } });
  const post = (path: string, sequence: unknown, user = ann) =>
    api.post(`/v1/rooms/${room}/${path}`, { sequence }, user.token);
  const shown = async () => {
    const { body } = await api.get('/v1/rooms', ann.token);
    const { read, unread, unreadFrom } = body.items[0];
    return { read, unread, ...(unreadFrom === undefined ? {} : { unreadFrom }) };
  };
  const heard: unknown[] = [];
  const following = api.bus.signals.toUsers((_, bytes) => void heard.push(JSON.parse(`${Buffer.from(bytes)}`)));
  t.teardown(following.stop);
  t.equal((await post('read', last)).status, 204);
  t.same(await shown(), { read: last, unread: 0 });
  const { at } = (await api.get(`/v1/rooms/${room}/receipts`, bob.token)).body.items.find(isOf(ann));
  t.equal((await post('unread', second)).status, 204);
  t.same(await shown(), { read: last, unread: 3, unreadFrom: second });
  t.match(heard.at(-1), { t: 'unread', r: room, s: second });
  const asBobSeesIt = (await api.get(`/v1/rooms/${room}/receipts`, bob.token)).body.items.find(isOf(ann));
  t.same(asBobSeesIt, { user: ann.id, received: last, read: last, at }, 'my mark has not gone back');
  const ask = await api.bus.commands.call('reads.find', { w: [[ann.id, [room]]] });
  t.same(ask, { w: [[[room, last, second]]] }, 'as edges are told');

  const early = { room, user: ann.id, recv: last, read: last, readAt: Date.now() - 60_000 };
  await api.bus.receipts.append({ bucket: 1, id: 'late', bytes: encodeReceipts({ at: Date.now(), marks: [early] }) });
  t.equal((await shown()).unread, 3, 'a batch that was on its way for a minute undoes nothing');
  t.equal((await post('unread', first)).status, 204);
  t.same(await shown(), { read: last, unread: 4, unreadFrom: first }, 'again, from somewhere else');
  t.equal((await post('read', first)).status, 204);
  t.same(await shown(), { read: last, unread: 0 }, 'read again, however far');

  t.equal((await post('read', first, bob)).status, 204);
  t.equal((await post('unread', last, bob)).status, 204);
  const bobs = async () => (await api.get('/v1/rooms', bob.token)).body.items[0];
  t.match(await bobs(), { read: first, unread: 0, unreadFrom: last }, 'what he wrote himself is not unread');
  await db.collection<{ r: string }>('events').updateMany({ r: room }, { $set: { u: ann.id } });
  t.match(await bobs(), { read: first, unread: 3, unreadFrom: last }, 'it never makes less unread');
  for (const [sequence, user, status] of [
    [last + 1, ann, 404],
    [1, ann, 404],
    [0, ann, 400],
    ['1', ann, 400],
    [first, stranger, 403],
  ] as const) {
    t.equal((await post('unread', sequence, user)).status, status, `${sequence}`);
  }
});

t.test('who has read a message is told to those who may see it, with how many', async (t) => {
  const { api, db, owner, ann, bob, stranger, aRoom, say, write, mark } = await startTalk(t, mongo.url);
  const room = await aRoom(ann, bob);
  const seq = await say(ann, room, 'hi');
  await write(room);
  await mark(seq);
  const readers = (user: TestUser, query = '', message = seq) =>
    api.get(`/v1/rooms/${room}/messages/${message}/readers${query}`, user.token);
  t.same((await readers(bob)).body, { items: [], counts: { read: 0, received: 0, of: 2 } });
  for (const user of [ann, bob, owner]) await api.post(`/v1/rooms/${room}/read`, { sequence: seq }, user.token);
  const { body } = await readers(ann);
  const expected = [owner.id, bob.id].sort();
  t.same(
    body.items.map(({ user }: { user: string }) => user),
    expected,
    'but its author',
  );
  t.match(body, { items: [{ nickname: String, at: String }], counts: { read: 2, received: 2, of: 2 } });
  const page = (await readers(ann, '?limit=1')).body;
  t.equal(page.items.length, 1);
  t.match((await readers(ann, `?limit=1&cursor=${page.next}`)).body, { items: [{ user: expected[1] }] });
  t.match(await readers(stranger), { status: 403, body: { code: 'not_member' } });
  t.match(await readers(ann, '', seq + 1), { status: 404 });
  t.match(await readers(ann, '', 1), { status: 404 }, 'what is no message');

  await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { members: 101 } });
  const crowd = (await readers(ann)).body;
  t.same([crowd.items.length, crowd.counts], [2, undefined], 'in a crowd the list, on request');
  const walked: string[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const { body } = await readers(ann, `?limit=1${next === '' ? '' : `&cursor=${next}`}`);
    walked.push(...body.items.map(({ user }: { user: string }) => user));
    next = body.next;
  }
  t.same(walked, expected, 'page by page');
  await api.request('DELETE', `/v1/rooms/${room}/messages/${seq}`, ann.token);
  t.match(await readers(bob), { status: 404 }, 'of what is deleted nothing is told');
});

const isOf =
  ({ id }: TestUser) =>
  ({ user }: { user: string }) =>
    user === id;
