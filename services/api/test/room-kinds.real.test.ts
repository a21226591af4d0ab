import { decodeEvent } from '@gapless/shared/bus';
import { newId, type RoomId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { type Answer, startApi, type TestApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);

const eventsOf = async ({ bus }: TestApi, room: RoomId) =>
  (await bus.log.readRoom(room, 1, 1_000)).map(({ bytes }) => decodeEvent(bytes));
const problem = (kind: string) => ({ body: { type: `urn:gapless:problem:${kind}` } });
const signUpMany = (api: TestApi, count: number): Promise<TestUser[]> =>
  Promise.all(Array.from({ length: count }, () => api.signUp()));

t.test('a direct room', async (t) => {
  const api = await startApi(t, mongo.url);
  const { get, post, request } = api;
  const [ana, ben, eve] = (await signUpMany(api, 3)) as [TestUser, TestUser, TestUser];
  const direct = (from: TestUser, to: TestUser) => post('/v1/rooms/direct', { user: to.id }, from.token);

  t.test('is one for each pair, whoever asks, however many at once, by whichever api', async (t) => {
    const other = await startApi(t, mongo.url, {
      bus: { ...api.bus, close: async () => undefined },
      config: { mongoDatabase: api.config.mongoDatabase, signingKeyFile: api.config.signingKeyFile },
    });
    const pairs: TestUser[][] = [];
    for (let n = 0; n < 50; n++) pairs.push(await signUpMany(api, 2));
    const answers = await Promise.all(
      pairs.flatMap(([one, two]) => {
        if (one === undefined || two === undefined) throw new Error('nobody there');
        return [
          answered(() => direct(one, two)),
          answered(() => direct(two, one)),
          answered(() => other.post('/v1/rooms/direct', { user: two.id }, one.token)),
          answered(() => other.post('/v1/rooms/direct', { user: one.id }, two.token)),
        ];
      }),
    );
    t.same([...new Set(answers.map(({ status }) => status))], [200]);
    t.equal(new Set(answers.map(({ body }) => body.id)).size, 50);
    const rooms = api.mongo.db(api.config.mongoDatabase).collection('rooms');
    t.equal(await rooms.countDocuments({ kind: 'direct' }), 50);
  });

  t.test('has both from the start, and shows each the other', async (t) => {
    const { body } = await direct(ana, ben);
    t.match(body, { kind: 'direct', members: 2, role: 'member', visibility: 'private', with: { id: ben.id } });
    t.notOk('number' in body, 'there is no number to find it by');
    t.match((await get(`/v1/rooms/${body.id}`, ben.token)).body, { id: body.id, with: { id: ana.id } });
    const events = await eventsOf(api, body.id);
    t.match(events, [
      { t: 'room', kind: 'direct' },
      { t: 'mem', op: 'join', us: [ana.id, ben.id], ver: 2 },
    ]);
    for (const user of [ana, ben]) t.ok((await api.bus.access.read(user.id))?.rooms[body.id as RoomId]);
  });

  t.test('is not there for anybody else, by any door', async (t) => {
    const { id } = (await direct(ana, ben)).body;
    const doors: [Parameters<typeof request>[0], string, object?][] = [
      ['GET', ''],
      ['POST', '/join'],
      ['POST', '/leave'],
      ['GET', '/members'],
      ['GET', '/messages'],
      ['GET', '/receipts'],
      ['POST', '/read', { sequence: 1 }],
      ['POST', '/invites', { user: eve.id }],
      ['DELETE', ''],
      ['PATCH', '/messages/3', { body: { text: 'x' } }],
    ];
    for (const [method, path, body] of doors) {
      const answer = await request(method, `/v1/rooms/${id}${path}`, eve.token, body);
      t.match(answer, { status: 404, ...problem('room_not_found') }, `${method} ${path}`);
    }
  });

  t.test('cannot be left, filled, changed or deleted', async (t) => {
    const { id } = (await direct(ana, ben)).body;
    const answers = await Promise.all([
      post(`/v1/rooms/${id}/leave`, {}, ana.token),
      post(`/v1/rooms/${id}/members`, { users: [eve.id] }, ana.token),
      post(`/v1/rooms/${id}/invites`, { user: eve.id }, ana.token),
      post(`/v1/rooms/${id}/links`, {}, ana.token),
      request('PATCH', `/v1/rooms/${id}`, ana.token, { name: 'ours' }),
      request('PUT', `/v1/rooms/${id}/bans/${ben.id}`, ana.token),
      request('DELETE', `/v1/rooms/${id}`, ana.token),
    ]);
    for (const answer of answers) t.match(answer, { status: 403, ...problem('forbidden') });
  });

  t.test('has nobody who keeps order, whatever role one of the two got', async (t) => {
    const [one, two] = (await signUpMany(api, 2)) as [TestUser, TestUser];
    const { id } = (await direct(one, two)).body;
    const members = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('members');
    await members.updateOne({ _id: `${id}:${one.id}` }, { $set: { role: 'owner' } });
    const path = `/v1/rooms/${id}`;
    const forbidden = { status: 403, ...problem('forbidden') };
    t.match(await request('PUT', `${path}/bans/${two.id}`, one.token), forbidden);
    t.match(await request('PUT', `${path}/members/${two.id}/mute`, one.token), forbidden);
    t.match(await request('PUT', `${path}/members/${two.id}/role`, one.token, { role: 'owner' }), forbidden);
    t.equal((await request('DELETE', `${path}/members/${two.id}/mute`, one.token)).status, 204, 'a mute can be ended');
    t.match(await get(path, two.token), { status: 200, body: { members: 2, role: 'member' } });
  });

  t.test('with oneself is a place for notes', async (t) => {
    const { body } = await direct(eve, eve);
    t.match(body, { kind: 'direct', members: 1, with: { id: eve.id } });
    t.equal((await direct(eve, eve)).body.id, body.id);
  });

  t.test('is not made where one has blocked the other, with nobody, or with a disabled user', async (t) => {
    const [one, two, gone] = (await signUpMany(api, 3)) as [TestUser, TestUser, TestUser];
    const db = api.mongo.db(api.config.mongoDatabase);
    await db
      .collection<{ _id: string }>('blocks')
      .insertOne({ _id: `${one.id}:${two.id}`, by: one.id, u: two.id } as never);
    t.match(await direct(one, two), { status: 403, body: { code: 'blocked' } });
    t.match(await direct(two, one), { status: 403, body: { code: 'blocked' } });
    await db.collection<{ _id: string }>('users').updateOne({ _id: gone.id }, { $set: { off: true } });
    t.match(await direct(one, gone), { status: 404, body: { code: 'not_found' } });
    t.match(await post('/v1/rooms/direct', { user: newId() }, one.token), { status: 404, body: { code: 'not_found' } });
  });

  t.test('stays when one of the two is disabled or blocked: only writing ends', async (t) => {
    const [one, two] = (await signUpMany(api, 2)) as [TestUser, TestUser];
    const { id } = (await direct(one, two)).body;
    const db = api.mongo.db(api.config.mongoDatabase);
    const access = async (user: TestUser) => (await api.bus.access.read(user.id))?.rooms[id as RoomId];
    t.equal((await request('PUT', `/v1/me/blocked/${two.id}`, one.token)).status, 204);
    for (const user of [one, two]) t.match(await access(user), { role: 'member', blk: 1 });
    t.equal((await eventsOf(api, id)).length, 2, 'nobody is told');
    t.equal((await request('DELETE', `/v1/me/blocked/${two.id}`, one.token)).status, 204);
    for (const user of [one, two]) t.notOk('blk' in ((await access(user)) ?? {}));
    t.equal(await db.collection('outbox').countDocuments({ r: id }), 0);
    await db.collection<{ _id: string }>('users').updateOne({ _id: two.id }, { $set: { off: true } });
    t.equal((await direct(one, two)).body.id, id);
    await db
      .collection<{ _id: string }>('blocks')
      .insertOne({ _id: `${one.id}:${two.id}`, by: one.id, u: two.id } as never);
    t.equal((await direct(one, two)).body.id, id);
    t.equal((await get(`/v1/rooms/${id}`, one.token)).status, 200);
  });
});

t.test('a group', async (t) => {
  const api = await startApi(t, mongo.url);
  const { get, post, request } = api;
  const [owner, guest] = (await signUpMany(api, 2)) as [TestUser, TestUser];
  const change = (room: string, body: object, headers: Record<string, string> = {}) =>
    patch(api, `/v1/rooms/${room}`, owner.token, body, headers);

  t.test('has a name, a topic, an image and data of the application, cleaned of what nobody sees', async (t) => {
    const custom = { colour: 'red', $gt: { 'a.b': 1 } };
    const asked = { name: ' Lob\u202eby ', topic: 'a\u200bll', image: 'https://cdn.example.org/a.png', custom };
    const { status, body } = await post('/v1/rooms', asked, owner.token);
    t.equal(status, 201);
    const shown = { name: 'Lobby', topic: 'all', image: asked.image, custom, visibility: 'public', version: 1 };
    t.match(body, shown);
    t.match((await get(`/v1/rooms/${body.id}`, guest.token)).body, shown);
  });

  t.test('is not made of what may not be kept', async (t) => {
    const bad: object[] = [
      { name: '\u200b' },
      { name: 'x'.repeat(81) },
      { name: 'a', topic: 'x'.repeat(251) },
      { name: 'a', image: 'http://cdn.example.org/a.png' },
      { name: 'a', image: 'javascript:alert(1)' },
      { name: 'a', image: `https://e.org/${'x'.repeat(2_000)}` },
      { name: 'a', custom: { big: 'x'.repeat(4_100) } },
      { name: 'a', custom: { a: { b: { c: { d: {} } } } } },
      { name: 'a', visibility: 'secret' },
      { name: { $gt: '' } },
    ];
    for (const body of bad)
      t.equal((await post('/v1/rooms', body, owner.token)).status, 400, JSON.stringify(body).slice(0, 60));
  });

  t.test('is changed by name, and tells its members what is otherwise', async (t) => {
    const room = await api.room(owner, 'before');
    const { status, body } = await change(room, { name: 'after', topic: 'new' });
    t.equal(status, 200);
    t.match(body, { name: 'after', topic: 'new', version: 3 });
    t.match((await eventsOf(api, room)).at(-1), { t: 'room', name: 'after', topic: 'new', ver: 3 });
    t.match((await change(room, { name: 'after' })).body, { version: 3 }, 'nothing was otherwise');
    t.equal((await eventsOf(api, room)).length, 3);
    const bare = await change(room, { topic: null });
    t.notOk('topic' in bare.body);
    t.match((await eventsOf(api, room)).at(-1), { t: 'room', topic: '', ver: 4 });
  });

  t.test('is changed only if nobody changed it meanwhile, where that is asked', async (t) => {
    const room = await api.room(owner);
    const tag = String((await get(`/v1/rooms/${room}`, owner.token)).headers['etag']);
    await post(`/v1/rooms/${room}/join`, {}, guest.token);
    t.equal((await change(room, { topic: 'one' }, { 'if-match': tag })).status, 200, 'who is in it is not what it is');
    t.match(await change(room, { topic: 'two' }, { 'if-match': tag }), { status: 412, ...problem('stale') });
    const races = await Promise.all(['three', 'four', 'five'].map((topic) => change(room, { topic, ifVersion: 4 })));
    t.same(races.map(({ status }) => status).sort(), [200, 412, 412]);
  });

  t.test('that is private is found by nobody who is not in, and joined only by who is brought in', async (t) => {
    const { body } = await post('/v1/rooms', { name: 'Secret lobby', visibility: 'private' }, owner.token);
    const missing = { status: 404, ...problem('room_not_found') };
    const doors: Promise<Answer>[] = [
      get(`/v1/rooms/${body.id}`, guest.token),
      get(`/v1/rooms/by-number/${body.number}`, guest.token),
      post(`/v1/rooms/${body.id}/join`, {}, guest.token),
      post('/v1/rooms/join', { number: body.number }, guest.token),
      post(`/v1/rooms/${body.id}/leave`, {}, guest.token),
      get(`/v1/rooms/${body.id}/members`, guest.token),
      get(`/v1/rooms/${body.id}/messages`, guest.token),
      get(`/v1/rooms/${body.id}/bans`, guest.token),
      request('DELETE', `/v1/rooms/${body.id}`, guest.token),
    ];
    for (const answer of await Promise.all(doors)) t.match(answer, missing);
    const found = (await get('/v1/rooms/public?name=secret', guest.token)).body.items;
    t.same(found, []);
    await post(`/v1/rooms/${body.id}/members`, { users: [guest.id] }, owner.token);
    t.match(await get(`/v1/rooms/${body.id}`, guest.token), { status: 200, body: { role: 'member' } });
  });

  t.test('is frozen, slowed and archived by events with a version, which edges hear of before', async (t) => {
    const room = await api.room(owner);
    await post(`/v1/rooms/${room}/join`, {}, guest.token);
    const path = `/v1/rooms/${room}`;
    for (const _ of [1, 2]) t.equal((await request('PUT', `${path}/freeze`, owner.token)).status, 204);
    t.match(await api.bus.flags.read(room), { ver: 4, frozen: 1 });
    await request('DELETE', `${path}/freeze`, owner.token);
    t.same(await api.bus.flags.read(room), { ver: 5 });
    await request('PUT', `${path}/slow-mode`, owner.token, { seconds: 30 });
    await request('PUT', `${path}/archive`, owner.token);
    t.same(await api.bus.flags.read(room), { ver: 7, slow: 30, archived: 1 });
    const told = (await eventsOf(api, room)).slice(3);
    t.match(told, [
      { frozen: 1, ver: 4 },
      { frozen: 0, ver: 5 },
      { slow: 30, ver: 6 },
      { archived: 1, ver: 7 },
    ]);
    t.match((await get(path, guest.token)).body, { archived: true, slow: 30 });

    const third = await api.signUp();
    const archived = { status: 403, ...problem('archived') };
    t.match(await post(`${path}/join`, {}, third.token), archived);
    t.match(await post(`${path}/members`, { users: [third.id] }, owner.token), archived);
    t.match(await post(`${path}/invites`, { user: third.id }, owner.token), archived);
    t.match(await post(`${path}/links`, {}, owner.token), archived);
    t.match(await change(room, { name: 'x' }), archived);
    t.equal((await post(`${path}/leave`, {}, guest.token)).status, 204, 'who is in may go');
    t.equal((await request('DELETE', `${path}/archive`, owner.token)).status, 204);
    t.equal((await post(`${path}/join`, {}, third.token)).status, 200);
  });
});

t.test('a room that is deleted is gone for all, and its members’ access with it', async (t) => {
  const api = await startApi(t, mongo.url, { config: { roomMembersLimit: 1_000 } });
  const { get, post, request } = api;
  const [owner, guest, late] = (await signUpMany(api, 3)) as [TestUser, TestUser, TestUser];
  const room = await api.room(owner, 'Doomed');
  const number = (await get(`/v1/rooms/${room}`, owner.token)).body.number;
  const db = api.mongo.db(api.config.mongoDatabase);
  const crowd = Array.from({ length: 450 }, () => newId());
  await db.collection<{ _id: string }>('members').insertMany(
    crowd.map((u) => ({
      _id: `${room}:${u}`,
      r: room,
      u,
      role: 'member',
      ver: 2,
      jver: 2,
      since: 1,
      out: false,
      at: new Date(),
    })),
  );
  await post(`/v1/rooms/${room}/join`, {}, guest.token);
  await post(`/v1/rooms/${room}/invites`, { user: late.id }, owner.token);
  const { code } = (await post(`/v1/rooms/${room}/links`, {}, owner.token)).body;
  t.match(await request('DELETE', `/v1/rooms/${room}`, guest.token), { status: 403, ...problem('forbidden') });
  t.equal((await request('DELETE', `/v1/rooms/${room}`, owner.token)).status, 204);

  const missing = { status: 404, ...problem('room_not_found') };
  for (const user of [owner, guest, late]) {
    t.match(await get(`/v1/rooms/${room}`, user.token), missing);
    t.match(await get(`/v1/rooms/${room}/messages`, user.token), missing);
    t.match(await get(`/v1/rooms/by-number/${number}`, user.token), missing);
    t.match(await post(`/v1/rooms/${room}/join`, {}, user.token), missing);
    t.same((await get('/v1/rooms', user.token)).body.items, []);
  }
  t.match(await request('DELETE', `/v1/rooms/${room}`, owner.token), missing);
  t.match(await post('/v1/rooms/join-by-link', { code }, late.token), { status: 404 });
  t.same((await get('/v1/me/invites', late.token)).body.items, []);
  t.match(await api.bus.flags.read(room), { gone: 1 });
  t.match((await eventsOf(api, room)).at(-1), { t: 'room', gone: 1 });
  t.equal(await db.collection('members').countDocuments({ r: room, out: false }), 0);
  await until('all of it is carried out', async () => (await db.collection('outbox').countDocuments()) === 0);
  t.same((await api.bus.access.read(guest.id))?.rooms, {});
  t.same((await api.bus.access.read(crowd.at(-1) as never))?.rooms, {});
});

/** As a client does it: what was not done for want of room is asked for again. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
  }
}

async function patch(
  api: TestApi,
  url: string,
  token: string,
  payload: object,
  headers: Record<string, string>,
): Promise<Answer> {
  const sent = { ...headers, authorization: `Bearer ${token}` };
  const response = await api.api.http().inject({ method: 'PATCH', url, headers: sent, payload });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}
