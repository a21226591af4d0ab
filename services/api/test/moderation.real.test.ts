import { decodeEvent } from '@gapless/shared/bus';
import { inboxOf, newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestApi, type TestUser } from './support/api.ts';
import { aRoomOfAll } from './support/room-of-all.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const { get, post, request } = api;

const problem = (kind: string) => ({ body: { type: `urn:gapless:problem:${kind}` } });
const lastEvent = async (room: RoomId) =>
  decodeEvent((await api.bus.log.readRoom(room, 1, 1_000)).at(-1)?.bytes ?? new Uint8Array());
const inbox = async ({ bus }: TestApi, { id }: TestUser) =>
  (await bus.log.readRoom(inboxOf(id), 1, 1_000)).map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
const accessOf = async (user: TestUser, room: RoomId) => (await api.bus.access.read(user.id))?.rooms[room];

t.test('who keeps order acts on those below him, and nobody on an owner', async (t) => {
  const { room, users } = await aRoomOfAll(api);
  const path = `/v1/rooms/${room}`;
  const acts = [
    ['DELETE', (id: string) => `${path}/members/${id}`],
    ['PUT', (id: string) => `${path}/bans/${id}`],
    ['PUT', (id: string) => `${path}/members/${id}/mute`],
  ] as const;
  const forbidden = { status: 403, ...problem('forbidden') };
  const other = await api.signUp();
  await post(`${path}/members`, { users: [other.id] }, users.owner.token);
  await request('PUT', `${path}/members/${other.id}/role`, users.owner.token, { role: 'moderator' });
  for (const [method, to] of acts) {
    t.match(
      await request(method, to(users.owner.id), users.moderator.token),
      forbidden,
      `${method} a moderator on an owner`,
    );
    t.match(await request(method, to(other.id), users.moderator.token), forbidden, `${method} on another moderator`);
    t.match(await request(method, to(users.owner.id), users.owner.token), forbidden, `${method} an owner on himself`);
    t.match(await request(method, to(users.muted.id), users.member.token), forbidden, `${method} a member`);
    t.match(await request(method, to(users.member.id), users.stranger.token), {
      status: 403,
      ...problem('not_member'),
    });
    t.match(await request(method, to(users.member.id), users.banned.token), { status: 403, ...problem('banned') });
  }
  t.equal((await request('DELETE', `${path}/members/${users.member.id}`, users.moderator.token)).status, 204);
  t.equal((await request('DELETE', `${path}/members/${users.moderator.id}`, users.owner.token)).status, 204);
});

t.test('a ban', async (t) => {
  const { room, users } = await aRoomOfAll(api);
  const path = `/v1/rooms/${room}`;
  const { owner, moderator, member, stranger, banned } = users;
  const ban = (user: TestUser, reason?: string) =>
    request('PUT', `${path}/bans/${user.id}`, moderator.token, reason === undefined ? undefined : { reason });

  t.test('removes a member by one event, tells him, and is told once however often it is asked', async (t) => {
    for (const _ of [1, 2]) t.equal((await ban(member, 'spam')).status, 204);
    t.match(await lastEvent(room), { t: 'mem', op: 'ban', us: [member.id], u: moderator.id });
    t.equal(await accessOf(member, room), undefined);
    t.match((await inbox(api, member)).at(-1), { t: 'out', in: room, op: 'ban', u: moderator.id });
    const { body } = await get(`${path}/bans`, moderator.token);
    t.match(
      body.items.find(({ user }: { user: string }) => user === member.id),
      { by: moderator.id, reason: 'spam' },
    );
  });

  t.test('keeps him out, by every way', async (t) => {
    const kept = { status: 403, ...problem('banned') };
    const { code } = (await post(`${path}/links`, {}, owner.token)).body;
    t.match(await get(path, member.token), kept);
    t.match(await post(`${path}/join`, {}, member.token), kept);
    t.match(await post('/v1/rooms/join', { number: (await get(path, owner.token)).body.number }, member.token), kept);
    t.match(await post('/v1/rooms/join-by-link', { code }, member.token), kept);
    t.match(await post(`${path}/members`, { users: [stranger.id, member.id] }, owner.token), kept);
    t.match(await post(`${path}/invites`, { user: member.id }, owner.token), kept);
    t.equal((await get(path, stranger.token)).body.role, undefined, 'nobody was added beside him');
  });

  t.test('of one who was asked in takes the invitation along', async (t) => {
    const { id } = (await post(`${path}/invites`, { user: stranger.id }, owner.token)).body;
    t.equal((await ban(stranger)).status, 204);
    t.match(await lastEvent(room), { t: 'mem', op: 'ban', us: [stranger.id] });
    t.match(await post(`/v1/me/invites/${id}/accept`, {}, stranger.token), { status: 404 });
  });

  t.test('of nobody is refused', async (t) => {
    t.match(await request('PUT', `${path}/bans/${newId()}`, moderator.token), { status: 404, ...problem('not_found') });
  });

  t.test('ends, and he may come back', async (t) => {
    const unban = () => request('DELETE', `${path}/bans/${member.id}`, moderator.token);
    for (const _ of [1, 2]) t.equal((await unban()).status, 204);
    t.match(await lastEvent(room), { t: 'mem', op: 'unban', us: [member.id] });
    t.match(await post(`${path}/join`, {}, member.token), { status: 200, body: { role: 'member' } });
  });

  t.test('is listed in pages, for who keeps order only', async (t) => {
    t.match(await get(`${path}/bans`, member.token), { status: 403, ...problem('forbidden') });
    const first = (await get(`${path}/bans?limit=1`, owner.token)).body;
    const second = (await get(`${path}/bans?limit=1&cursor=${first.next}`, owner.token)).body;
    const shown = [...first.items, ...second.items].map(({ user }: { user: string }) => user);
    t.same(shown, [banned.id, stranger.id].sort());
    t.notOk('next' in second);
  });
});

t.test('a mute', async (t) => {
  const { room, users } = await aRoomOfAll(api);
  const { owner, member, moderator, muted } = users;
  const path = `/v1/rooms/${room}`;
  const mute = (user: TestUser, until?: string) =>
    request('PUT', `${path}/members/${user.id}/mute`, moderator.token, until === undefined ? undefined : { until });

  t.test('is in what edges know before the log says so', async (t) => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    for (const _ of [1, 2]) t.equal((await mute(member, until)).status, 204);
    t.match(await accessOf(member, room), { role: 'member', mute: Date.parse(until) });
    t.match(await lastEvent(room), { t: 'mem', op: 'mute', us: [member.id], until: Date.parse(until) });
    t.match((await get(path, member.token)).body, { mutedUntil: until });
  });

  t.test('for good has no end, until it is taken back', async (t) => {
    t.equal((await get(path, muted.token)).body.mutedUntil, 'forever');
    const unmute = () => request('DELETE', `${path}/members/${muted.id}/mute`, moderator.token);
    for (const _ of [1, 2]) t.equal((await unmute()).status, 204);
    t.match(await lastEvent(room), { t: 'mem', op: 'unmute', us: [muted.id] });
    t.notOk('mute' in ((await accessOf(muted, room)) ?? {}));
  });

  t.test('holds when he leaves and comes back', async (t) => {
    await post(`${path}/leave`, {}, member.token);
    const { body } = await post(`${path}/join`, {}, member.token);
    t.ok(body.mutedUntil);
    const { mute } = (await accessOf(member, room)) ?? {};
    t.ok(mute);
    t.match(await lastEvent(room), { op: 'join', us: [member.id], mutes: { [member.id]: mute } }, 'said with the join');
  });

  t.test('needs an end that is to come, and a member', async (t) => {
    t.match(await mute(member, '2020-01-01T00:00:00Z'), { status: 400 });
    t.match(await mute(member, 'soon'), { status: 400 });
    t.match(await mute(member, '2099-12-31T23:59:60Z'), { status: 400 }, 'a leap second is no moment');
    t.equal((await get('/v1/rooms', member.token)).status, 200);
    t.match(await mute(users.stranger), { status: 404, ...problem('not_found') });
  });

  t.test('lets him read, and ask nobody in', async (t) => {
    t.equal((await get(`${path}/messages`, member.token)).status, 200);
    t.match(await post(`${path}/invites`, { user: users.stranger.id }, member.token), {
      status: 403,
      ...problem('muted'),
    });
    t.match((await get(`${path}/members?role=owner`, member.token)).body.items, [{ user: owner.id }]);
  });
});

t.test('roles', async (t) => {
  const { room, users } = await aRoomOfAll(api);
  const { owner, moderator, member } = users;
  const path = `/v1/rooms/${room}`;
  const setRole = (by: TestUser, user: TestUser, role: string) =>
    request('PUT', `${path}/members/${user.id}/role`, by.token, { role });
  const roleOf = async (user: TestUser) => (await get(path, user.token)).body.role;

  t.test('are for owners to give, and are told', async (t) => {
    t.match(await setRole(moderator, member, 'moderator'), { status: 403, ...problem('forbidden') });
    for (const _ of [1, 2]) t.equal((await setRole(owner, member, 'moderator')).status, 204);
    t.match(await lastEvent(room), { t: 'mem', op: 'role', us: [member.id], role: 'moderator' });
    t.match(await accessOf(member, room), { role: 'moderator' });
    await setRole(owner, member, 'member');
    t.equal(await roleOf(member), 'member');
    t.match(await setRole(owner, users.stranger, 'member'), { status: 404, ...problem('not_found') });
  });

  t.test('the last owner keeps his, one of two may put it down, and neither takes the other’s', async (t) => {
    t.match(await setRole(owner, owner, 'member'), { status: 409, ...problem('last_owner') });
    t.equal((await setRole(owner, moderator, 'owner')).status, 204);
    t.match(await setRole(owner, moderator, 'member'), { status: 403, ...problem('forbidden') });
    t.equal((await setRole(moderator, moderator, 'moderator')).status, 204);
    t.same(await Promise.all([owner, moderator].map(roleOf)), ['owner', 'moderator']);
  });

  t.test('of two owners who go at once one stays, or the room has an heir', async (t) => {
    await setRole(owner, moderator, 'owner');
    await Promise.all([setRole(owner, owner, 'member'), setRole(moderator, moderator, 'member')]);
    const owners = (await get(`${path}/members?role=owner`, member.token)).body.items;
    t.equal(owners.length, 1);
    const [last] = [owner, moderator].filter(({ id }) => id === owners[0].user) as [TestUser];
    await post(`${path}/leave`, {}, last.token);
    const heirs = (await get(`${path}/members?role=owner`, member.token)).body.items;
    t.equal(heirs.length, 1);
    t.match(await lastEvent(room), { op: 'leave', heir: heirs[0].user });
  });
});

t.test('handing over makes one owner and one moderator, in one event', async (t) => {
  const { room, users } = await aRoomOfAll(api);
  const { owner, member, moderator, stranger } = users;
  const handOver = (by: TestUser, user: TestUser) => post(`/v1/rooms/${room}/hand-over`, { user: user.id }, by.token);
  t.match(await handOver(moderator, member), { status: 403, ...problem('forbidden') });
  t.match(await handOver(owner, stranger), { status: 404, ...problem('not_found') });
  await request('PUT', `/v1/rooms/${room}/members/${member.id}/mute`, owner.token);
  t.equal((await handOver(owner, member)).status, 204);
  t.notOk('mute' in ((await accessOf(member, room)) ?? {}), 'nobody could unmute an owner');
  t.match(await lastEvent(room), { t: 'mem', op: 'role', us: [owner.id], role: 'moderator', heir: member.id });
  t.same([(await accessOf(owner, room))?.role, (await accessOf(member, room))?.role], ['moderator', 'owner']);
  t.match(await handOver(owner, moderator), { status: 403, ...problem('forbidden') }, 'what he gave away is not his');
});

t.test('adding users', async (t) => {
  const small = await startApi(t, mongo.url, { config: { roomMembersLimit: 6 } });
  const [owner, ...guests] = await Promise.all(
    Array.from({ length: 9 }, (_, n) => small.signUp(`guest-${n}-${newId().slice(-6)}`)),
  );
  if (owner === undefined) throw new Error('nobody there');
  const room = await small.room(owner);
  const [one, two, three] = guests as [TestUser, TestUser, TestUser];
  const add = (body: object) => small.post(`/v1/rooms/${room}/members`, body, owner.token);
  const events = async () => (await small.bus.log.readRoom(room, 1, 100)).map(({ bytes }) => decodeEvent(bytes));

  t.test('by id and nickname is one event, and each is told', async (t) => {
    const { status, body } = await add({ users: [one.id], nicknames: [two.email.split('@')[0]?.toUpperCase()] });
    t.match({ status, body }, { status: 200, body: { members: 3 } });
    t.match((await events()).at(-1), { t: 'mem', op: 'add', us: [one.id, two.id], ver: 3, u: owner.id });
    for (const user of [one, two]) t.match((await inbox(small, user)).at(-1), { t: 'added', in: room, ver: 3 });
    t.match(await add({ users: [one.id, two.id] }), { status: 200, body: { members: 3 } });
    t.equal((await events()).length, 3, 'who is in already is not added again');
  });

  t.test('is all of them or nobody', async (t) => {
    const db = small.mongo.db(small.config.mongoDatabase);
    await db
      .collection<{ _id: string }>('blocks')
      .insertOne({ _id: `${three.id}:${owner.id}`, by: three.id, u: owner.id } as never);
    const four = guests[3] as TestUser;
    t.match(await add({ users: [four.id, three.id] }), { status: 403, body: { code: 'blocked' } });
    t.match(await add({ users: [four.id, newId()] }), { status: 404, body: { code: 'not_found' } });
    t.match(await add({ users: [four.id], nicknames: ['nobody-here'] }), { status: 404, body: { code: 'not_found' } });
    t.match(await add({ users: guests.slice(3).map(({ id }) => id) }), { status: 409, ...problem('room_full') });
    t.match(await add({}), { status: 400 });
    t.match(await add({ users: Array.from({ length: 51 }, () => newId()) }), { status: 400 });
    t.equal((await events()).length, 3);
  });
});
