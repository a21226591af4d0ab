import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { asVariables } from '@gapless/shared/config';
import { freePort, guardianOfThisProcess, type LocalSystem } from '@gapless/shared/local';
import type { Revocation, RoomId, UserId } from '@gapless/shared/schema';
import { connectTestBus, startSystem, until } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t, { type Test } from 'tap';

const script = fileURLToPath(new URL('./support/dying-api.js', import.meta.url));
const cheap = { passwordMemoryKib: 64, passwordPasses: 1, loginsPerMinute: 1_000, requestsPerMinute: 10_000 };

interface Person {
  readonly user: { readonly id: UserId };
  readonly accessToken: string;
}

const post = async <T>(api: string, path: string, body: unknown, token = ''): Promise<T> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as T;
};

const signUp = (api: string, nickname: string): Promise<Person> =>
  post(api, '/v1/auth/signup', { nickname, email: `${nickname}@test.example`, password: 'a long enough password' });

/** As long as a system waits for its processes. */
const startMs = 60_000;

/** A second api beside the system's, over the same stores, which dies at that point. */
async function startDyingApi(
  t: Test,
  system: LocalSystem,
  point: string,
): Promise<{ url: string; process: ChildProcess }> {
  const [apiPort, adminPort] = [await freePort(), await freePort()];
  const settings = {
    ...cheap,
    apiPort,
    adminPort,
    adminApi: false,
    natsUrls: [system.nats.url],
    mongoUrl: system.mongo.url,
  };
  const env = asVariables({ ...settings, signingKeyFile: system.signingKeyFile, logLevel: 'silent' });
  const child = spawn(process.execPath, [script, point], { env, stdio: 'ignore' });
  guardianOfThisProcess().watch(child.pid as number, 'abruptly');
  t.teardown(() => void child.kill('SIGKILL'));
  await until(
    'the second api to be ready',
    async () => {
      const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
      return response?.status === 200;
    },
    startMs,
  );
  return { url: `http://127.0.0.1:${apiPort}`, process: child };
}

const soon = { duplicateWindowMs: 120_000, relayAgeMs: 500 };
/** When the relay comes, the log has forgotten the op: only a look-up can tell that it is there. */
const afterTheWindow = { duplicateWindowMs: 1_000, relayAgeMs: 3_000 };
const system = await startSystem(t, { edges: 0, settings: { everyone: soon, api: cheap } });
const forgetful = await startSystem(t, { edges: 0, settings: { everyone: afterTheWindow, api: cheap } });
const cases = [
  { point: 'commit', when: 'soon', system },
  { point: 'publish', when: 'soon', system },
  { point: 'publish', when: 'after the window', system: forgetful },
  { point: 'access', when: 'soon', system },
];

for (const { point, when, system } of cases) {
  t.test(`kill -9 of the api after the ${point}, relayed ${when}: the change is carried out, once`, async (t) => {
    const owner = await signUp(system.api.url, `owner-${point}`);
    const guest = await signUp(system.api.url, `guest-${point}`);
    const room = await post<{ id: RoomId }>(system.api.url, '/v1/rooms', { name: 'A room' }, owner.accessToken);
    const dying = await startDyingApi(t, system, point);
    const died = once(dying.process, 'exit');
    await t.rejects(post(dying.url, `/v1/rooms/${room.id}/join`, {}, guest.accessToken), 'no answer');
    t.strictSame(await died, [null, 'SIGKILL']);

    const client = new MongoClient(system.mongo.url);
    t.teardown(() => client.close());
    const db = client.db('gapless');
    const rows = db.collection<{ _id: string; k: string; s: number }>('events');
    await until('the relay to carry it out', async () => (await db.collection('outbox').countDocuments()) === 0);
    await until('the event to be written', async () => (await rows.countDocuments({ r: room.id, k: 'mem' })) >= 2);
    const joined = await rows.find({ r: room.id, k: 'mem' }).sort({ s: 1 }).toArray();
    t.equal(joined.length, 2, "the owner's and the guest's, each once");

    const bus = await connectTestBus(t, system.nats.url);
    const logged = await bus.log.readRoom(room.id, 0, 100);
    const ops = logged.map(({ op }) => op);
    t.equal(new Set(ops).size, ops.length, 'each op is in the log once');
    const member = await db
      .collection<{ _id: string; ver: number; since: number; role: string }>('members')
      .findOne({ _id: `${room.id}:${guest.user.id}` });
    t.equal(member?.since, joined[1]?.s);
    const access = await bus.access.read(guest.user.id);
    t.strictSame(
      access?.rooms,
      { [room.id]: { role: member?.role, ver: member?.ver, since: member?.since } },
      'ACL equals MongoDB',
    );
  });
}

t.test('kill -9 of the api between a log-out and its telling: the edges are told all the same', async (t) => {
  const bus = await connectTestBus(t, system.nats.url);
  const told: Revocation[] = [];
  const hearing = bus.revocations.follow({ revoked: (revocation) => void told.push(revocation) });
  t.teardown(hearing.stop);
  for (const point of ['commit', 'publish']) {
    const person = await signUp(system.api.url, `person-${point}`);
    const dying = await startDyingApi(t, system, point);
    const died = once(dying.process, 'exit');
    await t.rejects(post(dying.url, '/v1/auth/logout', {}, person.accessToken), 'no answer');
    t.strictSame(await died, [null, 'SIGKILL']);
    await until(`the log-out to be told after the ${point}`, () => told.some(({ user }) => user === person.user.id));
    const me = await fetch(`${system.api.url}/v1/me`, { headers: { authorization: `Bearer ${person.accessToken}` } });
    t.equal(me.status, 401);
  }
  const client = new MongoClient(system.mongo.url);
  t.teardown(() => client.close());
  const untold = () => client.db('gapless').collection('revocations').countDocuments({ told: false });
  await until('all to be noted', async () => (await untold()) === 0);
});

t.test('kill -9 of the api while it makes a room: who asks again with the same key gets that room', async (t) => {
  const owner = await signUp(system.api.url, 'maker');
  for (const point of ['commit', 'publish']) {
    const dying = await startDyingApi(t, system, point);
    const died = once(dying.process, 'exit');
    const asked = { name: `Made at the ${point}`, clientId: `made-at-the-${point}` };
    await t.rejects(post(dying.url, '/v1/rooms', asked, owner.accessToken), 'no answer');
    t.strictSame(await died, [null, 'SIGKILL']);
    const again = await post<{ id: RoomId }>(system.api.url, '/v1/rooms', asked, owner.accessToken);
    const client = new MongoClient(system.mongo.url);
    t.teardown(() => client.close());
    const rooms = await client.db('gapless').collection<{ _id: string }>('rooms').find({ name: asked.name }).toArray();
    t.same(
      rooms.map(({ _id }) => _id),
      [again.id],
      'there is one',
    );
  }
});
