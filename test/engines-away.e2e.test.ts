import { until } from '@gapless/shared/testing';
import t from 'tap';
import { call, roomOf, signUp } from './actors/person.ts';
import { expectKept, historyOf } from './actors/record.ts';
import { sendAll } from './actors/sender.ts';
import { connect } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';
import { chatWithoutMongo } from './actors/without-mongo.ts';

const readiness = async (adminUrl: string) => {
  const response = await fetch(`${adminUrl}/readyz`);
  return { status: response.status, ...((await response.json()) as { obstacles: string[] }) };
};

const system = await aSystem(t);

t.test(
  'MongoDB is away: chat goes on, also for who comes back; log-in and old history say so; then the worker catches up',
  async (t) => {
    const [owner, other] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
    const room = await roomOf(owner, other);
    const before = await sendAll({ person: owner, urls: urlsOf(system), room: room.id, texts: textsOf('before', 50) });
    const reader = await connect(system.edges[1]?.url ?? '', other);
    await system.mongo.kill9();

    const during = await sendAll({ person: owner, urls: urlsOf(system), room: room.id, texts: textsOf('during', 50) });
    await reader.until('live messages', (socket) => socket.events(room.id).length >= 50);
    const comingBack = await connect(system.edges[0]?.url ?? '', other);
    t.equal((await comingBack.send(room.id, 'I came back while MongoDB was away')).t, 'ok');

    const logIn = await call<{ type: string; code: string }>(system.api.url, 'POST', '/v1/auth/login', {
      email: owner.email,
      password: owner.password,
    });
    t.equal(logIn.status, 503);
    t.match(logIn.body, { code: 'unavailable', type: 'urn:gapless:problem:store_unavailable' });
    t.equal((await owner.get(`/v1/rooms/${room.id}/messages`)).status, 503);
    t.equal((await readiness(system.api.adminUrl)).status, 503);

    await system.mongo.start();
    await until('the api to be ready', async () => (await readiness(system.api.adminUrl)).status === 200);
    await expectKept(t, system, owner, room.id, [...before, ...during]);
  },
);

t.test(
  'MongoDB is away for 20 s under load, with people who come back: then all that was acknowledged is there',
  async (t) => {
    await chatWithoutMongo(t, system, 20);
  },
);

t.test(
  'NATS is away while all runs: sends answer unavailable with a time to come back, history from MongoDB goes on',
  async (t) => {
    const owner = await signUp(system.api.url);
    const room = await roomOf(owner);
    const sent = await sendAll({ person: owner, urls: urlsOf(system), room: room.id, texts: textsOf('before', 20) });
    await expectKept(t, system, owner, room.id, sent);
    const socket = await connect(system.edges[0]?.url ?? '', owner);
    await system.nats.kill9();
    await until('the edge to notice', async () => (await readiness(system.edges[0]?.adminUrl ?? '')).status === 503);
    const refused = await socket.send(room.id, 'while it is away');
    t.match(refused, { t: 'err', code: 'unavailable' });
    t.ok((refused['retry'] as number) > 0);
    t.equal(socket.closed, undefined, 'the socket lives on');
    // That all of it is written may be noted a moment later than it is.
    const page = `/v1/rooms/${room.id}/messages?before=${sent.at(-1)?.seq}&limit=5`;
    await until('an old page', async () => (await owner.get(page)).status === 200);
    await system.nats.start();
    await until('sending to work again', async () => (await socket.send(room.id, 'back')).t === 'ok');
    t.ok((await historyOf(owner, room.id)).length > 20);
  },
);

t.test('NATS is away at the start: every service waits, says so, and starts when it comes', async (t) => {
  const services = [system.api, ...system.edges, ...system.workers];
  await Promise.all(services.map((service) => service.stop()));
  await system.nats.kill9();
  const starting = services.map((service) => service.start());
  await until('the edge to say what it waits for', async () => {
    const { obstacles } = await readiness(system.edges[0]?.adminUrl ?? '').catch(() => ({ obstacles: [''] }));
    return obstacles.some((obstacle) => obstacle.includes('NATS'));
  });
  await system.nats.start();
  await Promise.all(starting);
  const owner = await signUp(system.api.url);
  const room = await roomOf(owner);
  const socket = await connect(system.edges[0]?.url ?? '', owner);
  t.equal((await socket.send(room.id, 'hello')).t, 'ok');
});
