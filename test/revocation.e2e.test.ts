import type { LocalSystem } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { call, type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { connect, openRaw, type Socket } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

/** What is promised is a second; a machine that does many things at once may take its time. */
const soonMs = 10_000;

const system = await aSystem(t);
const [one, two] = system.edges.map(({ url }) => url) as [string, string];
const api = system.api.url;

async function logIn({ email, password }: Person): Promise<string> {
  const { status, body } = await call<{ accessToken: string }>(api, 'POST', '/v1/auth/login', { email, password });
  if (status !== 200) throw new Error(`log-in answered ${status}`);
  return body.accessToken;
}

async function anAdmin(): Promise<Person> {
  const person = await signUp(api);
  const db = await openDatabase(t, system);
  await db.collection<{ _id: string }>('users').updateOne({ _id: person.id }, { $set: { role: 'admin' } });
  return person;
}

const closedWith = async (code: number, ...sockets: Socket[]): Promise<void> => {
  for (const socket of sockets)
    await socket.until(`a close with ${code}`, ({ closed }) => closed?.code === code, soonMs);
};

async function helloWith(url: string, token: string): Promise<string> {
  const socket = await openRaw(url);
  const { t: answer, code } = await socket.request({ t: 'hello', tok: token });
  socket.terminate();
  return answer === 'hi' ? 'hi' : String(code);
}

const isReady = (edge: LocalSystem['edges'][number]) => (): Promise<boolean> =>
  openRaw(edge.url).then(
    (socket) => {
      socket.terminate();
      return true;
    },
    () => false,
  );

t.test('a log-out closes the sockets of its session on every edge, and no others', async (t) => {
  const person = await signUp(api);
  const sockets = [await connect(one, person), await connect(two, person)];
  const elsewhere = await connect(two, { ...person, token: await logIn(person) });
  await person.post('/v1/auth/logout');
  await closedWith(4401, ...sockets);
  for (const url of [one, two]) t.equal(await helloWith(url, person.token), 'unauthenticated');
  t.equal((await elsewhere.request({ t: 'ping' })).t, 'pong');
  t.equal(
    (await elsewhere.request({ t: 'call', m: 'sessions.close' })).t,
    'ok',
    'over a socket the answer comes first',
  );
  await closedWith(4401, elsewhere);
});

t.test('a disabled user is out everywhere, until he is enabled and logs in again', async (t) => {
  const [admin, person] = [await anAdmin(), await signUp(api)];
  const sockets = [await connect(one, person), await connect(two, person)];
  const { adminApiUrl } = system.api;
  const asked = (what: string) =>
    call(adminApiUrl, 'POST', `/v1/admin/users/${person.id}/${what}`, undefined, admin.token);
  t.equal((await asked('disable')).status, 204);
  t.equal((await asked('disable')).status, 204, 'again');
  await closedWith(4401, ...sockets);
  await t.rejects(logIn(person), /403/);
  t.equal((await asked('enable')).status, 204);
  t.equal(await helloWith(two, person.token), 'unauthenticated', 'a token of before');
  t.equal(await helloWith(two, await logIn(person)), 'hi');
});

t.test('who is removed gets nothing more of the room on any edge, and a resume says so', async (t) => {
  const [owner, guest] = [await signUp(api), await signUp(api)];
  const room = await roomOf(owner, guest);
  const sockets = [await connect(one, guest), await connect(two, guest)];
  const speaker = await connect(one, owner);
  const before = (await speaker.send(room.id, 'all hear this'))['s'];
  t.match(await speaker.request({ t: 'call', m: 'rooms.remove', p: { room: room.id, user: guest.id } }), { t: 'ok' });
  for (const socket of sockets) {
    await socket.until('word of the removal', ({ frames }) => frames.some(({ t }) => t === 'removed'), soonMs);
  }
  await speaker.send(room.id, 'he must not hear this');
  for (const socket of sockets) {
    t.match(await socket.send(room.id, 'nor say this'), { t: 'err', code: 'not_member' });
    t.match(await socket.request({ t: 'hist', r: room.id }), { t: 'err', code: 'not_member' });
    const removal = socket.events(room.id).findIndex((event) => event['op'] === 'remove');
    if (removal >= 0) t.equal(socket.events(room.id).length, removal + 1, 'nothing behind the removal');
    t.notOk(socket.frames.some((frame) => JSON.stringify(frame).includes('must not hear')));
  }
  const back = await openRaw(two);
  await back.request({ t: 'hello', tok: guest.token, since: { [room.id]: before } });
  await back.until('the answer for the room', ({ frames }) => frames.some(({ t }) => t === 'removed'));
  t.strictSame(back.events(room.id), []);
});

t.test('an edge that stood still meanwhile, or begins anew, never serves what was revoked', async (t) => {
  const [person, owner, guest] = [await signUp(api), await signUp(api), await signUp(api)];
  const room = await roomOf(owner, person, guest);
  const [ended, removed] = [await connect(two, person), await connect(two, guest)];
  const speaker = await connect(one, owner);
  const framesBefore = [ended.frames.length, removed.events(room.id).length];
  system.edges[1]?.pause();
  await person.post('/v1/auth/logout');
  await owner.ask('DELETE', `/v1/rooms/${room.id}/members/${guest.id}`);
  await speaker.send(room.id, 'a secret');
  // What they ask of the paused edge waits in its sockets, before everything that NATS has to say.
  ended.write({ t: 'hist', i: 1_000, r: room.id });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  system.edges[1]?.resume();
  await closedWith(4401, ended);
  t.equal(ended.frames.length, framesBefore[0], 'nothing was served');
  await removed.until('word of the removal', ({ frames }) => frames.some(({ t }) => t === 'removed'), soonMs);
  const later = removed.events(room.id).slice(framesBefore[1]);
  t.notOk(
    later.some(({ t }) => t === 'msg'),
    'no secret',
  );
  const edge = system.edges[1] as LocalSystem['edges'][number];
  await edge.kill9();
  await edge.start();
  await until('the edge takes sockets', isReady(edge));
  t.equal(await helloWith(two, person.token), 'unauthenticated');
});

t.test('what was revoked while NATS was away holds when it is back, before anything is served', async (t) => {
  const person = await signUp(api);
  const socket = await connect(one, person);
  const framesBefore = socket.frames.length;
  await system.nats.kill9();
  await person.post('/v1/auth/logout');
  await system.nats.start();
  await closedWith(4401, socket);
  t.equal(socket.frames.length, framesBefore);
  await until(
    'the other edge to refuse',
    async () => (await helloWith(two, person.token).catch(String)) === 'unauthenticated',
  );
});
