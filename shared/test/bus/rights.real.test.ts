import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import t, { type Test } from 'tap';
import { type Bus, vouchCommand } from '../../src/bus/index.ts';
import { createNatsEngine, freePort } from '../../src/local/index.ts';
import { newId, type Revocation, type RoomId, type SessionId, type UserId } from '../../src/schema/index.ts';
import { connectTestBus, engines, scratchFor, until } from '../../src/testing/index.ts';
import { aMessage } from './bus-contract.ts';
import { forbiddenToEdges } from './forbidden-to-edges.ts';

/** The block that the containers use, from the sources: `dist/test/bus` is four folders below the project's. */
const project = join(import.meta.dirname, '../../../..');
const deployed = join(project, 'deploy/nats/services.conf');
/** What edges ask: none of it may be forgotten among the rights. */
const answeredByApis = [
  ...readFileSync(join(project, 'services/api/src/commands/commands.ts'), 'utf8').matchAll(/\bserve\('([\w.]+)'/g),
].map(([, name]) => `svc.${name}`);

type User = 'edge' | 'api' | 'log-worker';
const users = ['edge', 'api', 'log-worker'] as const;

const passwordOf = (user: User) => `the password of ${user}`;

interface Guarded {
  readonly url: string;
  readonly passwordFile: (user: User) => string;
}

/** A real server with the users of the compose stack. */
async function startGuarded(t: Test): Promise<Guarded> {
  const dir = scratchFor(t);
  copyFileSync(deployed, join(dir, 'services.conf'));
  const variables = users.map((user) => `${user.toUpperCase().replace('-', '_')}_PASSWORD: "${passwordOf(user)}"`);
  writeFileSync(join(dir, 'passwords.conf'), variables.join('\n'));
  for (const user of users) writeFileSync(join(dir, user), passwordOf(user));
  const { natsServer } = await engines();
  const config = 'include "services.conf"';
  const nats = createNatsEngine({ program: natsServer.path, dir, port: await freePort(), config });
  t.teardown(() => nats.stop());
  await nats.start();
  return { url: nats.url, passwordFile: (user) => join(dir, user) };
}

async function busOf(t: Test, guarded: Guarded, user: Exclude<User, 'log-worker'>): Promise<Bus> {
  const settings = { natsUser: user, natsPasswordFile: guarded.passwordFile(user) };
  return connectTestBus(t, guarded.url, { settings, deps: { name: user, vouch: undefined as never } });
}

/** Makes the stream, and vouches for it as the real worker does. */
async function workerOf(t: Test, guarded: Guarded): Promise<Bus> {
  const settings = { natsUser: 'log-worker', natsPasswordFile: guarded.passwordFile('log-worker') };
  const bus = await connectTestBus(t, guarded.url, { settings, deps: { name: 'log-worker' } });
  bus.commands.serve(vouchCommand, async () => {
    const state = await bus.streams.state('ROOM_0');
    return { created: state?.created, floor: state?.last, gen: 'test' };
  });
  return bus;
}

interface Intruder {
  readonly nats: NatsConnection;
  /** What the server said to a publish or a subscription: nothing, or that it may not be. */
  publish(subject: string): Promise<'taken' | 'refused'>;
  subscribe(subject: string, queue?: string): Promise<'taken' | 'refused'>;
}

/** Somebody who got hold of a service's password and speaks NATS by hand. */
async function intruderAs(t: Test, { url }: Guarded, user: User): Promise<Intruder> {
  const inboxPrefix = `_INBOX.${user}`;
  const nats = await connect({ servers: url, user, pass: passwordOf(user), inboxPrefix, reconnect: false });
  t.teardown(() => nats.close());
  const refused: string[] = [];
  void (async () => {
    for await (const status of nats.status()) if (status.type === 'error') refused.push(status.error.message);
  })();
  /** The server answers in order: a refusal is there before the answer to the flush, and told a turn later. */
  const verdict = async (subject: string) => {
    await nats.flush();
    await new Promise(setImmediate);
    return refused.some((message) => message.includes(`"${subject}"`)) ? 'refused' : 'taken';
  };
  return {
    nats,
    publish: (subject) => {
      nats.publish(subject, '{}');
      return verdict(subject);
    },
    subscribe: async (subject, queue) => {
      const subscription = nats.subscribe(subject, { callback: () => undefined, ...(queue && { queue }) });
      const said = await verdict(subject);
      if (said === 'taken') subscription.unsubscribe();
      return said;
    },
  };
}

const room = newId<RoomId>();
const forged = `000.${room}`;
const forbidden = forbiddenToEdges(forged);

t.test('an edge’s password opens nothing but what an edge does', async (t) => {
  const guarded = await startGuarded(t);
  const worker = await workerOf(t, guarded);
  await worker.log.append(aMessage(room, 1));
  const before = await worker.streams.state('ROOM_0');
  const intruder = await intruderAs(t, guarded, 'edge');
  for (const subject of forbidden.publish) {
    t.equal(await intruder.publish(subject), 'refused', `may not publish on ${subject}`);
  }
  for (const subject of forbidden.subscribe) {
    t.equal(await intruder.subscribe(subject), 'refused', `may not subscribe to ${subject}`);
  }
  t.equal(await intruder.subscribe('svc.access.find', 'svc'), 'refused', 'may not answer other edges as an api');
  t.strictSame(await worker.streams.state('ROOM_0'), before, 'the stream is as it was');
});

t.test('an api’s password changes who may use which room, and no stream', async (t) => {
  const guarded = await startGuarded(t);
  await workerOf(t, guarded);
  const intruder = await intruderAs(t, guarded, 'api');
  for (const subject of [
    `live.room.${forged}.log`,
    'heads.ROOM_0',
    '$JS.API.STREAM.DELETE.REVOKE',
    '$JS.API.STREAM.PURGE.REVOKE',
    '$JS.API.STREAM.CREATE.ROOM_9',
    '$JS.API.STREAM.UPDATE.ROOM_0',
    '$JS.API.STREAM.DELETE.KV_ACL',
    '$JS.API.STREAM.PURGE.ROOM_0',
    '$JS.API.STREAM.MSG.DELETE.ROOM_0',
    '$JS.API.CONSUMER.CREATE.ROOM_0.spy',
    '_INBOX.edge.somebody.1',
    '$SYS.REQ.SERVER.PING',
  ]) {
    t.equal(await intruder.publish(subject), 'refused', `may not publish on ${subject}`);
  }
  for (const subject of ['>', 'room.>', 'live.room.>', 'svc.>', '_INBOX.>', '_INBOX.edge.>', '$SYS.>']) {
    t.equal(await intruder.subscribe(subject), 'refused', `may not subscribe to ${subject}`);
  }
  t.equal(await intruder.subscribe('svc.streams.vouch', 'svc'), 'refused', 'may not vouch for a stream');
});

t.test('whatever the api answers, edges may ask and apis may hear', async (t) => {
  const guarded = await startGuarded(t);
  const [edge, api] = [await intruderAs(t, guarded, 'edge'), await intruderAs(t, guarded, 'api')];
  t.ok(answeredByApis.includes('svc.access.find') && answeredByApis.length > 10, 'they were found');
  for (const subject of answeredByApis) {
    t.equal(await edge.publish(subject), 'taken', `${subject} is asked`);
    t.equal(await api.subscribe(subject, 'svc'), 'taken', `${subject} is heard`);
  }
});

t.test('a log worker’s password deletes no stream and no message, and answers in nobody’s place', async (t) => {
  const guarded = await startGuarded(t);
  const intruder = await intruderAs(t, guarded, 'log-worker');
  for (const subject of [
    `live.room.${forged}.log`,
    '$JS.API.STREAM.DELETE.ROOM_0',
    '$JS.API.STREAM.MSG.DELETE.ROOM_0',
    '$JS.API.META.LEADER.STEPDOWN',
    '_INBOX.edge.somebody.1',
    '$SYS.REQ.SERVER.PING',
  ]) {
    t.equal(await intruder.publish(subject), 'refused', `may not publish on ${subject}`);
  }
  for (const subject of ['>', 'room.>', 'svc.>', '_INBOX.>', '_INBOX.edge.>', '$SYS.>']) {
    t.equal(await intruder.subscribe(subject), 'refused', `may not subscribe to ${subject}`);
  }
  t.equal(await intruder.subscribe('svc.access.find', 'svc'), 'refused', 'may not answer as an api');
});

t.test('without a password, or with a wrong one, nobody gets in', async (t) => {
  const { url } = await startGuarded(t);
  await t.rejects(connect({ servers: url, reconnect: false }), /Authorization Violation/);
  await t.rejects(connect({ servers: url, user: 'edge', pass: 'wrong', reconnect: false }), /Authorization Violation/);
  const api = passwordOf('api');
  await t.rejects(connect({ servers: url, user: 'edge', pass: api, reconnect: false }), /Authorization Violation/);
});

t.test('the worker makes, follows, trims and announces; the api tells who may; the edge does its work', async (t) => {
  const guarded = await startGuarded(t);
  const worker = await workerOf(t, guarded);
  const [api, edge] = await Promise.all([busOf(t, guarded, 'api'), busOf(t, guarded, 'edge')]);

  const heard: number[] = [];
  const signals: string[] = [];
  const listener = {
    event: (seq: number) => void heard.push(seq),
    signal: (bytes: Uint8Array) => void signals.push(`${Buffer.from(bytes)}`),
  };
  const following = await edge.live.follow(room, listener);
  const byEdge = await edge.log.append(aMessage(room, 1));
  const byApi = await api.log.append(aMessage(room, 2));
  await until('the edge to hear both', () => heard.length === 2);
  t.strictSame(heard, [byEdge.seq, byApi.seq], 'append and live path');
  for (const bus of [edge, api, worker]) {
    t.equal((await bus.log.readRoom(room, 0, 10)).length, 2, 'direct get in a batch');
    t.equal((await bus.log.read(room, byEdge.seq))?.seq, byEdge.seq, 'one message from the leader');
    t.equal((await bus.log.heads([room])).get(room), byApi.seq, 'newest of rooms');
  }
  worker.signals.toRoom(room, Buffer.from('of a crowd'));
  await until('the edge to hear a signal of the worker', () => signals.includes('of a crowd'));
  following.stop();

  const user = newId<UserId>();
  const rooms = { [room]: { role: 'member' as const, ver: 1, since: 1 } };
  t.ok(await api.access.write(user, rooms, 0), 'the api makes the bucket');
  const entry = await edge.access.read(user);
  t.strictSame(entry?.rooms, rooms, 'and the edge reads it');
  t.ok(await worker.access.write(user, {}, entry?.revision ?? -1), 'the worker writes it anew');
  t.equal(await edge.access.write(user, rooms, 0).catch(({ kind }) => kind), 'log_unavailable', 'the edge never');
  t.strictSame((await api.access.read(user))?.rooms, {}, 'as the worker wrote it');

  await api.flags.write(room, { ver: 1, frozen: 1 });
  t.strictSame(await edge.flags.read(room), { ver: 1, frozen: 1 }, 'what is said of a room the edge reads');
  await worker.flags.write(room, { ver: 2 });
  t.strictSame(await edge.flags.read(room), { ver: 2 });
  t.equal(await edge.flags.write(room, { ver: 3 }).catch(({ kind }) => kind), 'log_unavailable', 'and never writes');

  const drains: number[] = [];
  const hearingDrains = edge.drains.subscribe(({ left }) => void drains.push(left));
  edge.drains.announce({ edge: 'one', left: 7 });
  await until('edges to hear of a drain', () => drains.length === 1);
  hearingDrains.stop();

  const ordered: string[] = [];
  const hearingOrders = edge.drains.ordered((order) => void ordered.push(order.edge));
  await until('the edge to hear an order of the api', () => {
    api.drains.order({ edge: 'one' });
    return ordered.includes('one');
  });
  hearingOrders.stop();

  const answering = edge.fanOuts.serve(() => ({ sockets: 3 }));
  await until('the edge to answer the api where an event went out', async () => {
    return (await api.fanOuts.ask(room, byEdge.seq))[0]?.sockets === 3;
  });
  answering.stop();
  t.strictSame(await api.fanOuts.ask(room, byEdge.seq), [], 'with no edge there nobody sent it out');

  worker.commands.serve('letters.page', async () => ['a letter']);
  const letters = () => api.commands.call('letters.page', {}).catch(() => undefined);
  await until('the worker to show the api its dead letters', async () => (await letters()) !== undefined);

  const noted: number[] = [];
  const hearingNotes = edge.notes.subscribe((notes) => noted.push(...notes.map(({ seq }) => seq)));
  await until('the edge to hear a note of the worker', () => {
    worker.notes.publish([{ room, seq: byApi.seq, author: user, count: 1, isWhisper: false }]);
    return noted.includes(byApi.seq);
  });
  hearingNotes.stop();

  const revoked = { kind: 'session', user, session: newId<SessionId>(), until: Date.now() + 60_000 } as const;
  await worker.revocations.ensure();
  const told: Revocation[] = [];
  const hearing = edge.revocations.follow({ revoked: (one) => void told.push(one) });
  await api.revocations.publish(revoked);
  await until('the edge to hear of a revocation', () => told.length === 1 && hearing.isCurrent());
  await worker.revocations.publish({ ...revoked, session: newId<SessionId>() });
  await until('and of what the worker relays', () => told.length === 2);
  t.match(told[0], revoked);
  hearing.stop();
  t.equal(
    await edge.revocations.publish(revoked).catch(({ kind }) => kind),
    'log_unavailable',
    'an edge revokes nothing',
  );

  for (const name of ['call.rooms.join', 'call.sessions.close', 'call.users.disable']) {
    api.commands.serve(name, async () => 'done');
    const answer = () => edge.commands.change(name, {}).catch(() => 'nobody yet');
    await until(`${name} to be carried out by the api`, async () => (await answer()) === 'done');
  }

  api.commands.serve('access.find', async () => ({ rooms }));
  // Its interest reaches the server by another connection than the question.
  const found = () => edge.commands.call('access.find', { u: user }).catch(() => undefined);
  await until('commands to be answered', async () => (await found()) !== undefined);
  t.strictSame(await found(), { rooms });

  const announced: number[] = [];
  for (const bus of [edge, api]) bus.heads.subscribe(({ last }) => void announced.push(last));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const created = (await worker.streams.state('ROOM_0'))?.created ?? '';
  worker.heads.publish({ stream: 'ROOM_0', created, last: byApi.seq, durable: 0, bytes: 0, max: 1, w: [] });
  await until('both to hear the heads', () => announced.length === 2);

  const stream = await worker.streams.follow('ROOM_0', { from: 1 });
  const followed: number[] = [];
  for await (const { seq } of stream) {
    followed.push(seq);
    if (followed.length === 2) break;
  }
  stream.stop();
  t.strictSame(followed, [byEdge.seq, byApi.seq], 'the worker follows the stream');
  await worker.streams.trim('ROOM_0', byEdge.seq);
  t.equal((await worker.streams.state('ROOM_0'))?.first, byApi.seq, 'and trims it');
  await worker.streams.skipTo('ROOM_0', 1_000);
  t.equal((await edge.log.append(aMessage(room, 3))).seq, 1_000, 'and skips ahead');
});

t.test(
  'edges and apis say and store how far members have come; the worker alone makes and follows the stream',
  async (t) => {
    const guarded = await startGuarded(t);
    const worker = await workerOf(t, guarded);
    const [api, edge] = await Promise.all([busOf(t, guarded, 'api'), busOf(t, guarded, 'edge')]);
    const batch = (n: number) => ({ bucket: n, id: `batch ${n}`, bytes: Buffer.from(`${n}`) });
    t.equal(await edge.receipts.append(batch(1)).catch(({ kind }) => kind), 'log_unavailable', 'nobody made it yet');
    t.equal(await edge.receipts.ensure().catch(({ kind }) => kind), 'log_unavailable', 'an edge may not');
    await worker.receipts.ensure();
    await edge.receipts.append(batch(1));
    await api.receipts.append(batch(2));
    t.equal((await api.receipts.state())?.last, 2);
    t.equal((await api.receipts.read(1, 10)).length, 2, 'the api reads what is not in MongoDB yet');
    const following = worker.receipts.follow(1);
    const followed: string[] = [];
    for await (const { bytes } of following) {
      followed.push(Buffer.from(bytes).toString());
      if (followed.length === 2) break;
    }
    following.stop();
    t.strictSame(followed, ['1', '2']);

    const user = newId<UserId>();
    const heard: string[] = [];
    const inRoom = await edge.live.follow(room, {
      event: () => undefined,
      signal: (bytes) => void heard.push(Buffer.from(bytes).toString()),
    });
    const ofUsers = edge.signals.toUsers((whom, bytes) => void heard.push(`${whom} ${Buffer.from(bytes)}`));
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const bus of [edge, api]) {
      bus.signals.toRoom(room, Buffer.from('room'));
      bus.signals.toUser(user, Buffer.from('user'));
    }
    await until('every signal', () => heard.length === 4);
    inRoom.stop();
    ofUsers.stop();
  },
);
