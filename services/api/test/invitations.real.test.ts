import { inboxOf, newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const { get, post, request } = api;
const problem = (kind: string) => ({ body: { type: `urn:gapless:problem:${kind}` } });
const signUpMany = (count: number): Promise<TestUser[]> =>
  Promise.all(Array.from({ length: count }, () => api.signUp()));
const inbox = async ({ id }: TestUser) =>
  (await api.bus.log.readRoom(inboxOf(id), 1, 1_000)).map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));

async function aPrivateRoom(owner: TestUser, ...members: TestUser[]): Promise<string> {
  const { body } = await post('/v1/rooms', { name: 'Hidden', visibility: 'private' }, owner.token);
  if (members.length > 0)
    await post(`/v1/rooms/${body.id}/members`, { users: members.map(({ id }) => id) }, owner.token);
  return body.id;
}

t.test('an invitation', async (t) => {
  const [owner, member, guest, other] = (await signUpMany(4)) as [TestUser, TestUser, TestUser, TestUser];
  const room = await aPrivateRoom(owner, member);
  const invite = (by: TestUser, body: object) => post(`/v1/rooms/${room}/invites`, body, by.token);
  const accept = (user: TestUser, id: string) => post(`/v1/me/invites/${id}/accept`, {}, user.token);

  t.test('by any member is told once, and shows its room to who is asked', async (t) => {
    const first = await invite(member, { user: guest.id });
    t.match(first, { status: 200, body: { room, user: guest.id, by: member.id } });
    const again = await invite(owner, { nickname: guest.email.split('@')[0] });
    t.equal(again.body.id, first.body.id);
    t.match(await inbox(guest), [{ t: 'invite', in: room, id: first.body.id, u: member.id }]);
    t.match((await get('/v1/me/invites', guest.token)).body.items, [
      { id: first.body.id, room, name: 'Hidden', by: member.id },
    ]);
    t.match((await get(`/v1/rooms/${room}/invites`, owner.token)).body.items, [{ user: guest.id }]);
    t.match(await get(`/v1/rooms/${room}`, guest.token), { status: 404 }, 'asked is not in');
  });

  t.test('is for whom it names only', async (t) => {
    const { id } = (await get('/v1/me/invites', guest.token)).body.items[0];
    t.match(await accept(other, id), { status: 404, ...problem('not_found') });
    t.match(await post(`/v1/me/invites/${id}/decline`, {}, other.token), { status: 404, ...problem('not_found') });
    t.match(await accept(other, newId()), { status: 404, ...problem('not_found') });
  });

  t.test('accepted makes him a member, once', async (t) => {
    const { id } = (await get('/v1/me/invites', guest.token)).body.items[0];
    const answers = await Promise.all([accept(guest, id), accept(guest, id)]);
    t.ok(answers.some(({ status }) => status === 200));
    t.match(await get(`/v1/rooms/${room}`, guest.token), { status: 200, body: { role: 'member', members: 3 } });
    t.same((await get('/v1/me/invites', guest.token)).body.items, []);
    t.match((await inbox(guest)).at(-1), { t: 'added', in: room });
    t.match(await invite(owner, { user: guest.id }), { status: 409, ...problem('already_member') });
  });

  t.test('declined is over, and may be repeated', async (t) => {
    const { id } = (await invite(member, { user: other.id })).body;
    t.equal((await post(`/v1/me/invites/${id}/decline`, {}, other.token)).status, 204);
    t.match(await accept(other, id), { status: 404, ...problem('not_found') });
  });

  t.test('is taken back by who asked or who keeps order', async (t) => {
    const { id } = (await invite(owner, { user: other.id })).body;
    const withdraw = (by: TestUser) => request('DELETE', `/v1/rooms/${room}/invites/${other.id}`, by.token);
    t.match(await withdraw(member), { status: 403, ...problem('forbidden') });
    for (const _ of [1, 2]) t.equal((await withdraw(owner)).status, 204);
    t.match(await accept(other, id), { status: 404 });
  });

  t.test('ends with the membership of who asked', async (t) => {
    const { id } = (await invite(member, { user: other.id })).body;
    await request('DELETE', `/v1/rooms/${room}/members/${member.id}`, owner.token);
    t.match(await accept(other, id), { status: 404, ...problem('not_found') });
    const renewed = (await invite(owner, { user: other.id })).body;
    t.not(renewed.id, id);
    t.equal((await accept(other, renewed.id)).status, 200);
  });

  t.test('leaves room for those of others: one member has a hundred open ones at most', async (t) => {
    const [busy, asked] = (await signUpMany(2)) as [TestUser, TestUser];
    const crowded = await aPrivateRoom(owner, busy);
    const row = () => ({ _id: newId(), r: crowded, u: newId(), by: busy.id, at: new Date() });
    const invites = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('invites');
    await invites.insertMany(Array.from({ length: 100 }, row));
    const refused = { status: 409, ...problem('too_many_invites') };
    t.match(await post(`/v1/rooms/${crowded}/invites`, { user: asked.id }, busy.token), refused);
    t.equal((await post(`/v1/rooms/${crowded}/invites`, { user: asked.id }, owner.token)).status, 200);
  });

  t.test('is not for strangers to give, and not for who has blocked the asker', async (t) => {
    const [stranger, shy] = (await signUpMany(2)) as [TestUser, TestUser];
    t.match(await invite(stranger, { user: stranger.id }), { status: 404, ...problem('room_not_found') });
    const blocks = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('blocks');
    await blocks.insertOne({ _id: `${shy.id}:${owner.id}`, by: shy.id, u: owner.id } as never);
    t.match(await invite(owner, { user: shy.id }), { status: 403, ...problem('blocked') });
    t.match(await invite(owner, { user: newId() }), { status: 404, ...problem('not_found') });
    t.match(await invite(owner, {}), { status: 400 });
  });
});

t.test('a link', async (t) => {
  const [owner, member, guest] = (await signUpMany(3)) as [TestUser, TestUser, TestUser];
  const room = await aPrivateRoom(owner, member);
  const make = async (body: object = {}) => (await post(`/v1/rooms/${room}/links`, body, owner.token)).body;
  const join = (user: TestUser, code: string) => post('/v1/rooms/join-by-link', { code }, user.token);
  const ended = { status: 404, ...problem('not_found') };

  t.test('with five uses lets exactly five of fifty in, of whom no member costs one', async (t) => {
    const { id, code } = await make({ uses: 5 });
    t.match(await join(member, code), { status: 200, body: { id: room } });
    const crowd = await signUpMany(50);
    const answers = await Promise.all(crowd.map((user) => join(user, code)));
    t.equal(answers.filter(({ status }) => status === 200).length, 5);
    for (const answer of answers.filter(({ status }) => status !== 200)) t.match(answer, ended);
    const came = crowd[answers.findIndex(({ status }) => status === 200)] as TestUser;
    t.equal((await join(came, code)).status, 200, 'whoever came by it may ask again');
    const listed = (await get(`/v1/rooms/${room}/links`, owner.token)).body.items;
    t.match(
      listed.find((link: { id: string }) => link.id === id),
      { uses: 0, by: owner.id, until: String },
    );
  });

  t.test('that is used up takes no place among a hundred', async (t) => {
    const crowded = await aPrivateRoom(owner);
    const row = (n: number) => ({
      _id: newId(),
      r: crowded,
      by: owner.id,
      at: new Date(),
      hash: `${crowded}${n}`,
      left: 0,
    });
    const links = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('links');
    await links.insertMany(Array.from({ length: 100 }, (_, n) => row(n)));
    t.equal((await post(`/v1/rooms/${crowded}/links`, {}, owner.token)).status, 200);
    await links.updateMany({ r: crowded }, { $set: { left: 1 } });
    t.match(await post(`/v1/rooms/${crowded}/links`, {}, owner.token), { status: 409, ...problem('too_many_invites') });
  });

  t.test('is kept without its code', async (t) => {
    const { code } = await make();
    const db = api.mongo.db(api.config.mongoDatabase);
    t.notMatch(JSON.stringify(await db.collection('links').find().toArray()), code);
    const { body } = await get(`/v1/rooms/${room}/links`, owner.token);
    t.notMatch(JSON.stringify(body), code);
    t.equal(Buffer.from(code, 'base64url').length, 16);
  });

  t.test('ends by its time or when it is revoked, and says no more than that', async (t) => {
    const { id, code } = await make({ until: new Date(Date.now() + 60_000).toISOString() });
    const links = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('links');
    await links.updateOne({ _id: id }, { $set: { until: new Date(Date.now() - 1) } });
    t.match(await join(guest, code), ended);
    const other = await make();
    const revoke = () => request('DELETE', `/v1/rooms/${room}/links/${other.id}`, owner.token);
    for (const _ of [1, 2]) t.equal((await revoke()).status, 204);
    t.match(await join(guest, other.code), ended);
    t.match(await join(guest, 'A'.repeat(22)), ended);
    t.match(await join(guest, 'short'), { status: 400 });
    t.equal((await post(`/v1/rooms/${room}/links`, { until: '2020-01-01T00:00:00Z' }, owner.token)).status, 400);
    t.equal((await post(`/v1/rooms/${room}/links`, { until: '2099-12-31T23:59:60Z' }, owner.token)).status, 400);
    t.equal((await post(`/v1/rooms/${room}/links`, { uses: 0 }, owner.token)).status, 400);
    t.equal((await get(`/v1/rooms/${room}/links`, owner.token)).status, 200);
  });

  t.test('lets people in while who made it keeps order', async (t) => {
    const [maker, first, second] = (await signUpMany(3)) as [TestUser, TestUser, TestUser];
    await post(`/v1/rooms/${room}/members`, { users: [maker.id] }, owner.token);
    const become = (role: string) =>
      request('PUT', `/v1/rooms/${room}/members/${maker.id}/role`, owner.token, { role });
    await become('moderator');
    const { code } = (await post(`/v1/rooms/${room}/links`, {}, maker.token)).body;
    t.equal((await join(first, code)).status, 200);
    await become('member');
    t.match(await join(second, code), ended);
    t.equal((await join(first, code)).status, 200, 'who came by it stays');
    await become('moderator');
    await request('PUT', `/v1/rooms/${room}/bans/${maker.id}`, owner.token);
    t.match(await join(second, code), ended);
  });

  t.test('is made, listed and revoked by who keeps order only, and of his own room only', async (t) => {
    const { id } = await make();
    const forbidden = { status: 403, ...problem('forbidden') };
    t.match(await post(`/v1/rooms/${room}/links`, {}, member.token), forbidden);
    t.match(await get(`/v1/rooms/${room}/links`, member.token), forbidden);
    t.match(await request('DELETE', `/v1/rooms/${room}/links/${id}`, member.token), forbidden);
    const elsewhere = await aPrivateRoom(guest);
    t.equal((await request('DELETE', `/v1/rooms/${elsewhere}/links/${id}`, guest.token)).status, 204);
    const listed = (await get(`/v1/rooms/${room}/links`, owner.token)).body.items;
    t.ok(
      listed.some((link: { id: string }) => link.id === id),
      'that it was not his he is not told',
    );
  });
});
