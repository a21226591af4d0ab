import { until } from '@gapless/shared/testing';
import t from 'tap';
import { call, joinRoom, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { connect, openRaw } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const system = await aSystem(t);
const { url: api, adminApiUrl } = system.api;
const [one = '', two = ''] = urlsOf(system);
const db = await openDatabase(t, system);
const admin = await signUp(api);
await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
const ask = <T>(method: string, path: string, body?: object, bearer = admin.token) =>
  call<T>(adminApiUrl, method, `/v1/admin${path}`, body, bearer);

interface Listed<T> {
  readonly items: readonly T[];
}

interface EdgeItem {
  readonly id: string;
  readonly host: string;
  readonly state: string;
  readonly sockets: number;
}

t.test(
  'an event of the application is told live and replayed, in the order of the room and of the inbox',
  async (t) => {
    const [owner, member] = [await signUp(api), await signUp(api)];
    const room = await roomOf(owner, member);
    const socket = await connect(one, member);
    t.teardown(() => socket.terminate());
    const before = (await (await connect(two, owner)).send(room.id, 'before'))['s'] as number;
    const made = await ask<{ secret: string }>('POST', '/keys', { name: 'shop', scopes: ['events:write'] });
    const { secret } = made.body;
    const told = { name: 'order.shipped', data: { order: 17 } };
    t.match(await ask('POST', `/rooms/${room.id}/events`, told, secret), { status: 200 });
    t.equal((await ask('POST', `/users/${member.id}/events`, told, secret)).status, 204);
    const apps = () => socket.frames.filter((frame) => frame.t === 'app');
    await socket.until('both', () => apps().length === 2);
    t.match(
      apps().find(({ r }) => r === room.id),
      { n: 'order.shipped', d: { order: 17 }, p: before },
    );
    t.ok(apps().some(({ r }) => r === member.id));
    const back = await openRaw(two);
    t.teardown(() => back.terminate());
    const hello = { t: 'hello', tok: member.token, rooms: [room.id], since: { [room.id]: before } };
    await back.request(hello);
    await back.until('the replay', ({ frames }) => frames.some((frame) => frame.t === 'app' && frame['r'] === room.id));
  },
);

t.test('a notice reaches everybody once, also who comes later', async (t) => {
  const [here, later] = [await signUp(api), await signUp(api)];
  const socket = await connect(one, here);
  t.teardown(() => socket.terminate());
  const text = 'Maintenance at noon';
  const sent = await ask<{ id: string }>('POST', '/notices', {
    text,
    clientId: '019a9d7c-41e2-7c3a-9a51-3f0d2b6c8e10',
  });
  t.match(sent, { status: 201, body: { text, done: false } });
  await socket.until('the notice', ({ frames }) => frames.some((frame) => frame.t === 'notice'));
  await until('the end of it', async () => {
    const { body } = await ask<{ done: boolean }>('GET', `/notices/${sent.body.id}`);
    return body.done;
  });
  const again = { text, clientId: '019a9d7c-41e2-7c3a-9a51-3f0d2b6c8e10' };
  t.match(await ask('POST', '/notices', again), { status: 201, body: { id: sent.body.id } });
  const told = async () => {
    const inbox = await later.get<Listed<{ kind: string; text?: string }>>('/v1/me/inbox');
    return inbox.body.items.filter((item) => item.text === text).length;
  };
  // Done is what waits in the outbox for everybody: the log has it a moment later.
  await until('his notice', async () => (await told()) > 0);
  t.equal(await told(), 1);
  t.equal(socket.frames.filter((frame) => frame.t === 'notice').length, 1);

  const room = await roomOf(here);
  await joinRoom(later, room.id);
  const named = await ask<{ id: string }>('POST', '/notices', { text: 'only here', room: room.id });
  await until(
    'the end of it',
    async () => (await ask<{ done: boolean }>('GET', `/notices/${named.body.id}`)).body.done,
  );
  t.match(await ask('GET', `/notices/${named.body.id}`), { body: { told: 2 } });
});

t.test('the state of the log is told, and dead letters are looked at, tried again and given up', async (t) => {
  await until('heads of the streams', async () => {
    const { body } = await ask<Listed<{ stream: string }>>('GET', '/log');
    return body.items.length > 0;
  });
  const { body } = await ask<Listed<{ last: number; watermark: number }>>('GET', '/log');
  t.ok(body.items.every(({ last, watermark }) => watermark <= last));
  const _id = 'ROOM_0:0000000000000001';
  const letter = { stream: 'ROOM_0', s: 1, room: admin.id, id: 'x', reason: 'not_json', raw: Buffer.from('{"v":1,') };
  const row = { _id, ...letter, size: 7, at: new Date(), tries: 0, waits: true };
  await db.collection<{ _id: string }>('dead_letters').insertOne(row);
  const listed = await ask<Listed<object>>('GET', '/dead-letters');
  t.match(listed.body.items, [{ id: _id, reason: 'not_json', size: 7 }]);
  t.notMatch(JSON.stringify(listed.body), /"raw"/);
  t.match(await ask('GET', `/dead-letters/${_id}`), { body: { raw: '{"v":1,' } });
  t.match(await ask('POST', `/dead-letters/${_id}/retry`), { body: { written: false, reason: 'not_json' } });
  t.equal((await ask('DELETE', `/dead-letters/${_id}`)).status, 204);
  t.equal((await ask('DELETE', `/dead-letters/${_id}`)).status, 404);
  t.same((await ask<Listed<object>>('GET', '/dead-letters')).body.items, []);
});

t.test('an edge that is told to drain sends its clients elsewhere and ends', async (t) => {
  const person = await signUp(api);
  const socket = await connect(two, person);
  const port = new URL(two).port;
  const edges = async () => (await ask<Listed<EdgeItem>>('GET', '/edges')).body.items;
  await until('both edges', async () => (await edges()).length === 2);
  const edge = (await edges()).find(({ host }) => host.endsWith(`:${port}`));
  t.match(edge, { state: 'serving' });
  const nobody = '7d4d4b1e-7f6b-4b8e-9a55-6a5c0d1c2e3f';
  t.equal((await ask('POST', `/edges/${nobody}/drain`)).status, 404);
  t.equal((await ask('POST', `/edges/${edge?.id}/drain`)).status, 204);
  await socket.until('word of it', ({ frames }) => frames.some((frame) => frame.t === 'bye'));
  await socket.until('the end', ({ closed }) => closed?.code === 1012);
  await until('the edge to be gone', async () => (await edges()).every(({ id }) => id !== edge?.id));
});
