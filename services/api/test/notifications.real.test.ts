import { createMemoryBus, encodeEvent } from '@gapless/shared/bus';
import {
  type EventRow,
  eventRowId,
  inboxOf,
  type MentionRow,
  mentionRowId,
  type NotifyRoomRow,
  newId,
  notifyRoomRowId,
  type OpId,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const bus = createMemoryBus();
const api = await startApi(t, mongo.url, { bus, config: { notifyAllMembers: 2, notifyAllLimit: 2 } });
const db = api.mongo.db(api.config.mongoDatabase);
const [ann, bob, carol] = [await api.signUp(), await api.signUp(), await api.signUp()];
const mine = '/v1/me/notifications/settings';
const later = new Date(Date.now() + 3_600_000).toISOString();

async function aRoom(...members: TestUser[]): Promise<RoomId> {
  const room = await api.room(ann);
  for (const { token } of members) await api.post(`/v1/rooms/${room}/join`, {}, token);
  return room;
}

/** What the log worker has told somebody of a message. */
async function tell({ id: user }: TestUser, from: TestUser, fields: object): Promise<number> {
  const op = newId<OpId>();
  const event = { v: 1, r: user, u: from.id, at: 1_700_000_000_000, ...fields } as unknown as RoomEvent;
  return (await bus.log.append({ room: inboxOf(user), id: op, lane: user, bytes: encodeEvent(event), op })).seq;
}

async function say(from: TestUser, room: string, text: string, more: object = {}): Promise<number> {
  const { body } = await api.post(`/v1/rooms/${room}/messages`, { body: { text }, ...more }, from.token);
  return body.sequence;
}

const change = (path: string, { token }: TestUser, body: object, headers = {}) =>
  api.request('PATCH', path, token, body, headers);
const ofMine = async ({ token }: TestUser, room: string) => {
  const { body } = await api.get('/v1/rooms', token);
  return body.items.find(({ id }: { id: string }) => id === room).notifications;
};
const inboxItems = async ({ token }: TestUser) => (await api.get('/v1/me/inbox', token)).body.items;

t.test('what I want to be told of is kept by version, and told to my devices', async (t) => {
  t.match(await api.get(mine, bob.token), { body: { level: 'all', version: 1 }, headers: { etag: '"1"' } });
  const set = await change(mine, bob, { level: 'mentions', quietUntil: later });
  t.match(set, { status: 200, body: { level: 'mentions', quietUntil: later, version: 2 } });
  t.match(await change(mine, bob, { level: 'mentions' }), { body: { version: 2 } }, 'nothing has changed');
  t.match(await change(mine, bob, { level: 'none' }, { 'if-match': '"1"' }), { status: 412 });
  t.match(await change(mine, bob, { quietUntil: 'forever' }, { 'if-match': '"2"' }), {
    body: { quietUntil: 'forever' },
  });
  t.same((await change(mine, bob, { level: 'all', quietUntil: null })).body, { level: 'all', version: 4 });
  for (const wrong of [{ level: 'some' }, { level: null }, { quietUntil: 'soon' }]) {
    t.match(await change(mine, bob, wrong), { status: 400 }, JSON.stringify(wrong));
  }
  await until('all of it is told', async () => (await inboxItems(bob)).length === 3);
  t.match(await inboxItems(bob), [{ kind: 'notify' }, { kind: 'notify' }, { kind: 'notify', user: bob.id }]);
});

t.test('a room has its own level and mute, shown in my lists; large groups are at mentions', async (t) => {
  const [small, large] = [await aRoom(bob), await aRoom(bob, carol)];
  t.same(await ofMine(bob, small), { level: 'all' });
  t.same(await ofMine(bob, large), { level: 'mentions' });
  const path = `/v1/rooms/${large}/notifications`;
  t.match(await api.get(path, bob.token), { body: { level: 'mentions', version: 1 } });
  t.same((await change(path, bob, { level: 'all', mutedUntil: later })).body, {
    ...{ level: 'all', own: 'all', mutedUntil: later, version: 2 },
  });
  t.same(await ofMine(bob, large), { level: 'all', mutedUntil: later });
  t.same(await ofMine(carol, large), { level: 'mentions' }, 'nobody else is touched');
  t.match(await change(path, bob, { level: 'none' }, { 'if-match': '"1"' }), { status: 412 });
  t.same((await change(path, bob, { level: null, mutedUntil: null })).body, { level: 'mentions', version: 3 });
  await change(mine, bob, { level: 'none' });
  t.same(await ofMine(bob, small), { level: 'none' });
  await change(mine, bob, { level: 'all' });
  const stranger = await api.signUp();
  t.match(await api.get(path, stranger.token), { status: 403, body: { code: 'not_member' } });
  t.match(await change(path, stranger, { level: 'all' }), { status: 403 });
});

t.test('two devices that change the same at once both come through, one after the other', async (t) => {
  const { body } = await api.get(mine, carol.token);
  const levels = ['mentions', 'none', 'mentions', 'none'];
  const all = await Promise.all(levels.map((level) => change(mine, carol, { level })));
  t.same(new Set(all.map(({ status }) => status)), new Set([200]));
  const now = (await api.get(mine, carol.token)).body;
  const words = async () => (await inboxItems(carol)).filter(({ kind }: { kind: string }) => kind === 'notify');
  await until('every change is told', async () => (await words()).length === now.version - body.version);
  await change(mine, carol, { level: 'all' });
});

t.test('my notifications come newest first, and only what concerns me still', async (t) => {
  const reader = await api.signUp();
  const room = await aRoom(reader, bob);
  const [root, deleted, kept] = [await say(reader, room, 'root'), await say(bob, room, 'x'), await say(bob, room, 'y')];
  const answer = await say(bob, room, 'an answer', { thread: root });
  await api.request('DELETE', `/v1/rooms/${room}/messages/${deleted}`, bob.token, {});
  const left = await aRoom(reader, bob);
  const gone = await say(bob, left, 'z');
  await tell(reader, bob, { t: 'mention', in: room, m: deleted });
  await tell(reader, bob, { t: 'mention', in: left, m: gone });
  await tell(reader, bob, { t: 'added', in: room, ver: 3 });
  await tell(reader, bob, { t: 'mention', in: room, m: kept, all: 1 });
  const replied = await tell(reader, bob, { t: 'reply', in: room, m: answer, re: root });
  await tell(reader, carol, { t: 'notice', text: 'soon' });
  await tell(reader, bob, { t: 'invite', in: room, id: newId() });
  await api.post(`/v1/rooms/${left}/leave`, {}, reader.token);
  const list = async (query = '') => (await api.get(`/v1/me/notifications${query}`, reader.token)).body;
  const { items, next } = await list();
  t.match(items, [
    { kind: 'notice', text: 'soon', seen: false },
    { kind: 'reply', room, roomName: 'a room', message: answer, thread: root, text: 'an answer', user: bob.id },
    { kind: 'mention', all: true, room, message: kept, text: 'y' },
  ]);
  t.equal(items.length, 3, 'nothing deleted, left or answered');
  t.notOk(next);
  const walked = [];
  for (let query = '?limit=1'; ; ) {
    const page = await list(query);
    walked.push(...page.items);
    if (page.next === undefined) break;
    query = `?limit=1&before=${page.next}`;
  }
  t.same(walked, items, 'page by page the same');

  const seen = (sequence: number) => api.request('PUT', '/v1/me/notifications/seen', reader.token, { sequence });
  t.match(await seen(10 ** 9), { status: 400, body: { code: 'bad_cursor' } });
  t.equal((await seen(replied)).status, 204);
  t.equal((await seen(1)).status, 204, 'it only rises');
  t.same(
    (await list()).items.map((item: { seen: boolean }) => item.seen),
    [false, true, true],
  );
  t.match(await api.get('/v1/me/badge', reader.token), { body: { notifications: 1 } });
  await api.request('PUT', `/v1/me/blocked/${bob.id}`, reader.token);
  t.match((await list()).items, [{ kind: 'notice' }]);
  await api.request('DELETE', `/v1/me/blocked/${bob.id}`, reader.token);
  const row = { r: room, s: kept, u: bob.id, k: 'msg', at: new Date(), raw: '{}', ver: kept, cur: { text: 'y' } };
  await db.collection<EventRow>('events').insertOne({ _id: eventRowId(room, kept), ...row, men: [] });
  t.match((await list()).items, [{ kind: 'notice' }, { kind: 'reply' }], 'nor what an edit makes name me no more');
  t.equal((await list()).items.length, 2);
});

t.test('a badge counts what I have not read and want to know of', async (t) => {
  const reader = await api.signUp();
  const [small, large] = [await aRoom(reader), await aRoom(reader, bob)];
  const events = db.collection<EventRow>('events');
  const mentions = db.collection<MentionRow>('mentions');
  const rooms = db.collection<{ _id: RoomId }>('rooms');
  for (const [n, room] of [small, large].entries()) {
    const [s, at] = [10_000 + n, new Date()];
    const row = { r: room, s, u: ann.id, k: 'msg', at, raw: '{}', ver: s, cur: { text: 'hi' } };
    await events.insertOne({ _id: eventRowId(room, s), ...row, men: [reader.id] });
    await rooms.updateOne({ _id: room }, { $set: { last: { s, u: ann.id, at, text: 'hi' } } });
  }
  const badge = async () => (await api.get('/v1/me/badge', reader.token)).body;
  t.same(await badge(), { rooms: 1, mentions: 0, notifications: 0 }, 'the large group is at mentions');
  const _id = mentionRowId(large, 10_001, reader.id);
  await mentions.insertOne({ _id, r: large, m: 10_001, u: reader.id, by: ann.id, at: new Date() });
  t.same(await badge(), { rooms: 2, mentions: 1, notifications: 0 });
  await change(`/v1/rooms/${large}/notifications`, reader, { mutedUntil: 'forever' });
  t.same(await badge(), { rooms: 1, mentions: 0, notifications: 0 });
  await change(`/v1/rooms/${small}/notifications`, reader, { level: 'none' });
  t.same(await badge(), { rooms: 0, mentions: 0, notifications: 0 });

  await change(`/v1/rooms/${small}/notifications`, reader, { level: 'all' });
  await change(`/v1/rooms/${large}/notifications`, reader, { mutedUntil: null });
  await tell(reader, bob, { t: 'mention', in: large, m: 10_001 });
  await tell(reader, bob, { t: 'invite', in: await aRoom(), id: newId() });
  t.same(await badge(), { rooms: 2, mentions: 1, notifications: 2 });
  await change(mine, reader, { quietUntil: 'forever' });
  t.same(await badge(), { rooms: 0, mentions: 0, notifications: 0 }, 'while I am quiet');
  await change(mine, reader, { level: 'none', quietUntil: null });
  t.same(await badge(), { rooms: 1, mentions: 0, notifications: 0 }, 'at `none` no invitation counts either');
  await change(mine, reader, { level: 'all' });
  await change(`/v1/rooms/${large}/notifications`, reader, { mutedUntil: 'forever' });
  t.same(await badge(), { rooms: 1, mentions: 0, notifications: 1 }, 'a mention of a room that is muted since');
  await events.updateMany({ s: { $in: [10_000, 10_001] } }, { $set: { u: reader.id } });
  t.same(await badge(), { rooms: 0, mentions: 0, notifications: 1 }, 'what I wrote myself is not unread');
});

t.test(
  'edges learn what rooms and people want: of a large room only who asked for all of it, and not too many',
  async (t) => {
    const [reader, foe] = [await api.signUp(), await api.signUp()];
    const [small, large] = [await aRoom(reader), await aRoom(reader, bob, carol)];
    const { id: direct } = (await api.post('/v1/rooms/direct', { user: reader.id }, ann.token)).body;
    const wants = (user: TestUser, room: string, body: object) => change(`/v1/rooms/${room}/notifications`, user, body);
    await wants(reader, small, { level: 'none', mutedUntil: 'forever' });
    await wants(reader, large, { level: 'mentions' });
    for (const user of [ann, bob, carol]) await wants(user, large, { level: 'all' });
    await change(mine, reader, { level: 'mentions', quietUntil: later });
    await api.request('PUT', `/v1/me/blocked/${foe.id}`, reader.token);
    const rooms = (await bus.commands.call('notify.rooms', { rs: [small, large, direct, newId()] })) as {
      rs: [string, number, number, unknown[][]][];
    };
    const byRoom = new Map(rooms.rs.map((entry) => [entry[0], entry]));
    t.equal(byRoom.size, 3, 'without what is not there');
    t.same(byRoom.get(small), [small, 0, 0, [[reader.id, 'none', Number.MAX_SAFE_INTEGER]]]);
    t.same(byRoom.get(direct), [direct, 1, 0, []]);
    t.match(byRoom.get(large), [large, 0, 1]);
    const voices = byRoom.get(large)?.[3] ?? [];
    t.equal(voices.length, 2, 'bounded');
    t.ok(voices.every(([user, level]) => user !== reader.id && level === 'all'));
    t.same(await bus.commands.call('notify.users', { us: [reader.id, foe.id] }), {
      us: [
        [reader.id, 'mentions', Date.parse(later)],
        [foe.id, 'all', null],
      ],
    });
    const pairs = [
      [reader.id, foe.id],
      [foe.id, reader.id],
      [reader.id, ann.id],
    ];
    t.same(await bus.commands.call('notify.blocks', { ps: pairs }), { ps: pairs.slice(0, 2) }, 'whoever made it');
    const gone = Array.from({ length: 5_000 }, (_, n) => {
      const u = `00000000000000000000${String(n).padStart(6, '0')}` as UserId;
      return { _id: notifyRoomRowId(small, u), r: small, u, level: 'all', ver: 2 } as const;
    });
    await db.collection<NotifyRoomRow>('notify_rooms').insertMany(gone);
    const { rs: crowded } = (await bus.commands.call('notify.rooms', { rs: [small] })) as { rs: unknown[][] };
    t.same(crowded, [byRoom.get(small)], 'those who left take nobody’s place');
    t.match(await bus.commands.call('notify.rooms', { rs: ['no id'] }).catch((error) => error), {
      kind: 'invalid_request',
    });
  },
);
