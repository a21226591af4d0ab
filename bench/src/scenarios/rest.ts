import { fileURLToPath } from 'node:url';
import { sleep } from '@gapless/shared/runtime';
import autocannon from 'autocannon';
import { createCpuWatch } from '../cpu-watch.ts';
import type { Ends } from '../ends.ts';
import { openFleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import { mostGeneratorShare } from '../generator-limit.ts';
import { createClientIds } from '../load/message.ts';
import { type OrderedProcess, startOrdered } from '../ordered-process.ts';
import type { Side } from '../rounds.ts';
import type { Sample } from '../row.ts';
import type { Gapless } from './gapless.ts';
import { type Population, password } from './population.ts';

export interface RestShape {
  /** Each is another user's, for another room. */
  readonly connections: number;
  readonly seconds: number;
  /** In each of these rooms. */
  readonly messages: number;
}

interface Listening {
  readonly say: 'listening';
  readonly port: number;
}
type Bare = OrderedProcess<{ url: string; database: string }, Listening>;

/** Somebody with a connection, and the room that is asked for on it: who asks together for the same is answered by one look. */
interface Caller {
  readonly token: string;
  readonly user: string;
  readonly room: string;
  readonly email: string;
}

/** What is asked for again and again on one connection. */
type Asked = (caller: Caller) => autocannon.Repeated;

interface Target {
  readonly origin: string;
  readonly asked: Asked;
  readonly pid: () => number;
}

const bareScript = fileURLToPath(new URL('../../peers/bare-fastify/server.js', import.meta.url));
const json = { 'content-type': 'application/json' };

/** What one kind of request costs: ours, and a bare Fastify that makes the same calls of the driver where there is one. */
export interface RestPair {
  readonly what: string;
  readonly sides: readonly Side[];
}

/** Ready to be measured: rooms with messages, and both servers. */
export async function restPairs(gapless: Gapless, ends: Pick<Ends, 'teardown'>, shape: RestShape): Promise<RestPair[]> {
  const { system, population, pids } = gapless;
  const callers = callersOf(population, shape.connections);
  await fill(gapless, callers, shape.messages);
  const bare: Bare = startOrdered('bare Fastify', bareScript);
  ends.teardown(bare.close);
  const { port } = await bare.ask({ url: system.mongoUrl, database: 'gapless' }, (answer) => answer);
  const ours = (asked: Asked): Target => ({ origin: system.api.url, asked, pid: () => system.api.pid() });
  const theirs = (page: string): Target => ({
    origin: `http://127.0.0.1:${port}`,
    asked: ({ room, user }) => ({ path: `${page}?room=${room}&user=${user}` }),
    pid: () => bare.pid,
  });
  const side = (name: string, target: Target): Side => ({
    name,
    sample: () => load(target, callers, shape, [...pids.edges, ...pids.nats, ...pids.others, bare.pid]),
  });
  const pages = [
    { what: 'history', a: ours(get(({ room }) => `/rooms/${room}/messages?limit=50`)), b: theirs('/history') },
    { what: 'room list', a: ours(get(() => '/rooms?limit=50')), b: theirs('/rooms') },
  ];
  for (const { what, a, b } of pages) await sameItems(what, [a, b], callers);
  return [
    ...pages.map(({ what, a, b }) => ({ what, sides: [side('Gapless', a), side('bare Fastify', b)] })),
    { what: 'send by REST', sides: [side('Gapless', ours(sending(createClientIds())))] },
    // Last: so many new sessions end the older ones, by which the others ask.
    { what: 'log-in', sides: [side('Gapless', ours(login))] },
  ];
}

const callersOf = ({ tokens, rooms }: Population, connections: number): Caller[] =>
  Array.from({ length: connections }, (_, n) => {
    const token = tokens[n] as string;
    const { sub: user } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
    return { token, user, room: rooms[n] as string, email: `bench-${n}@bench.example` };
  });

const bearer = ({ token }: Caller) => ({ authorization: `Bearer ${token}` });

const get =
  (pathFor: (caller: Caller) => string): Asked =>
  (caller) => ({ path: `/v1${pathFor(caller)}`, headers: bearer(caller) });

const login: Asked = ({ email }) => ({
  ...{ path: '/v1/auth/login', method: 'POST', headers: json },
  body: JSON.stringify({ email, password }),
});

/** Each is one of its own: what is repeated under the same key is not done again. */
const sending =
  (clientIds: () => string): Asked =>
  (caller) => {
    const headers = { ...bearer(caller), ...json };
    return {
      ...{ path: `/v1/rooms/${caller.room}/messages`, method: 'POST', headers, body: '{"body":{"text":"hello"}}' },
      setupRequest: (request) => ({ ...request, headers: { ...headers, 'idempotency-key': clientIds() } }),
    };
  };

/** So many messages in each caller's room, all of them in MongoDB. */
async function fill({ urls, population, system }: Gapless, callers: readonly Caller[], count: number): Promise<void> {
  const rooms = callers.map(({ room }) => room);
  const fleet = await openFleet(urls, { ...population, rooms }, { members: 1, roomsEach: rooms.length });
  const [member] = fleet.members as [Member];
  for (let n = 0; n < count; n++) for (const room of rooms) member.send(room);
  const { unknown } = await fleet.settle(30_000);
  fleet.close();
  if (unknown > 0) throw new Error(`${unknown} sends of unknown fate`);
  const headers = { authorization: `Bearer ${population.tokens[0]}` };
  for (const room of rooms) {
    await until(async () => {
      const answer = await fetch(`${system.api.url}/v1/rooms/${room}`, { headers });
      const { last } = (await answer.json()) as { last?: { sequence: number } };
      return last?.sequence === Math.max(...(member.received.get(room) ?? []));
    });
  }
}

async function until(isWritten: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 100; look++) {
    if (await isWritten()) return;
    await sleep(100);
  }
  throw new Error('the log worker has not written the messages');
}

/** Who answers less has less to do. */
async function sameItems(what: string, sides: readonly Target[], callers: readonly Caller[]): Promise<void> {
  for (const caller of callers) {
    const items = await Promise.all(sides.map((side) => itemsOf(side, caller)));
    if (items[0] !== items[1] || items[0] === 0) throw new Error(`${what}: ${items.join(' and ')} items`);
  }
}

async function itemsOf({ origin, asked }: Target, caller: Caller): Promise<number> {
  const { path, headers = {} } = asked(caller);
  const answer = await fetch(`${origin}${path}`, { headers });
  return ((await answer.json()) as { items: unknown[] }).items.length;
}

async function load(
  { origin, asked, pid }: Target,
  callers: readonly Caller[],
  { seconds: duration }: RestShape,
  all: readonly number[],
): Promise<Sample> {
  const server = pid();
  const others = all.filter((other) => other !== server);
  const watch = createCpuWatch({ server: [server], others, bench: [process.pid] });
  let n = 0;
  watch.begun();
  const { requests, latency, ...rest } = await autocannon({
    ...{ url: origin, connections: callers.length, duration },
    setupClient: (client) => client.setRequests([asked(callers[n++ % callers.length] as Caller)]),
  });
  watch.ended();
  const { ms, foreignMs, seconds } = watch.spent();
  const failed = rest.non2xx + rest.errors + rest.timeouts;
  const ownShare = ms.bench / 1e3 / seconds;
  return {
    perSecond: requests.total / seconds,
    cpuUs: (ms.server * 1e3) / requests.total,
    latency: { p50: latency.p50, p90: latency.p90, p99: latency.p99, p999: latency.p99_9 },
    foreignCores: foreignMs / 1e3 / seconds,
    ...(ownShare > mostGeneratorShare && { discarded: `autocannon used ${Math.round(ownShare * 100)} % of its core` }),
    ...(failed > 0 && { fault: `${failed} requests failed` }),
  };
}
