import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { createCpuWatch } from '../cpu-watch.ts';
import type { Ends } from '../ends.ts';
import { openFleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import { createClientIds } from '../load/message.ts';
import { type OrderedProcess, startOrdered } from '../ordered-process.ts';
import type { Side } from '../rounds.ts';
import type { Sample } from '../row.ts';
import type { Gapless } from './gapless.ts';
import { password } from './population.ts';

export interface RestShape {
  readonly connections: number;
  readonly seconds: number;
  readonly messages: number;
}

interface Listening {
  readonly say: 'listening';
  readonly port: number;
}
type Bare = OrderedProcess<{ url: string; database: string }, Listening>;

/** What the next request says. */
type Post = () => { readonly body: string; readonly key?: string };

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: () => number;
  readonly post?: Post;
}

const bareScript = fileURLToPath(new URL('../../peers/bare-fastify/server.js', import.meta.url));
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What one kind of request costs: ours, and a bare Fastify that makes the same calls of the driver where there is one. */
export interface RestPair {
  readonly what: string;
  readonly sides: readonly Side[];
}

/** Ready to be measured: a room with messages, and both servers. */
export async function restPairs(gapless: Gapless, ends: Pick<Ends, 'teardown'>, shape: RestShape): Promise<RestPair[]> {
  const { system, population } = gapless;
  const room = population.rooms[0] as string;
  const token = population.tokens[0] as string;
  await fill(gapless, room, shape.messages);
  const bare: Bare = startOrdered('bare Fastify', bareScript);
  ends.teardown(bare.close);
  const { port } = await bare.ask({ url: system.mongoUrl, database: 'gapless' }, (answer) => answer);
  const user = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sub as string;
  const ours = (path: string, post?: Post): Target => ({
    url: `${system.api.url}/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    pid: () => system.api.pid(),
    ...(post && { post }),
  });
  const theirs = (path: string): Target => ({
    url: `http://127.0.0.1:${port}${path}?room=${room}&user=${user}`,
    headers: {},
    pid: () => bare.pid,
  });
  const side = (name: string, target: Target): Side => ({
    name,
    sample: () => load(target, shape, [...gapless.pids.edges, ...gapless.pids.nats, ...gapless.pids.others, bare.pid]),
  });
  const pages = [
    { what: 'history', a: ours(`/rooms/${room}/messages?limit=50`), b: theirs('/history') },
    { what: 'room list', a: ours('/rooms?limit=50'), b: theirs('/rooms') },
  ];
  for (const { what, a, b } of pages) {
    const items = await Promise.all([itemsOf(a), itemsOf(b)]);
    if (items[0] !== items[1] || items[0] === 0) throw new Error(`${what}: ${items.join(' and ')} items`);
  }
  const clientIds = createClientIds();
  const login = JSON.stringify({ email: 'bench-0@bench.example', password });
  return [
    ...pages.map(({ what, a, b }) => ({ what, sides: [side('Gapless', a), side('bare Fastify', b)] })),
    {
      what: 'log-in',
      sides: [
        side(
          'Gapless',
          ours('/auth/login', () => ({ body: login })),
        ),
      ],
    },
    {
      what: 'send by REST',
      sides: [
        side(
          'Gapless',
          ours(`/rooms/${room}/messages`, () => ({ body: '{"body":{"text":"hello"}}', key: clientIds() })),
        ),
      ],
    },
  ];
}

/** So many messages, all of them in MongoDB. */
async function fill({ urls, population, system }: Gapless, room: string, count: number): Promise<void> {
  const fleet = await openFleet(urls, { ...population, rooms: [room] }, { members: 1, roomsEach: 1 });
  const [member] = fleet.members as [Member];
  for (let n = 0; n < count; n++) member.send(room);
  const { unknown } = await fleet.settle(30_000);
  fleet.close();
  if (unknown > 0) throw new Error(`${unknown} sends of unknown fate`);
  const headers = { authorization: `Bearer ${population.tokens[0]}` };
  for (let look = 0; look < 100; look++) {
    const answer = await fetch(`${system.api.url}/v1/rooms/${room}`, { headers });
    const { last } = (await answer.json()) as { last?: { sequence: number } };
    if (last?.sequence === Math.max(...(member.received.get(room) ?? []))) return;
    await sleep(100);
  }
  throw new Error('the log worker has not written the messages');
}

async function itemsOf({ url, headers }: Target): Promise<number> {
  const answer = await fetch(url, { headers });
  return ((await answer.json()) as { items: unknown[] }).items.length;
}

async function load({ url, headers, pid, post }: Target, shape: RestShape, all: readonly number[]): Promise<Sample> {
  const server = pid();
  const others = all.filter((other) => other !== server);
  const watch = createCpuWatch({ server: [server], others, bench: [process.pid] });
  watch.begun();
  const { connections, seconds: duration } = shape;
  const result = await autocannon({ url, headers, connections, duration, ...(post && postOptions(post)) });
  watch.ended();
  const spent = watch.spent();
  const { requests, latency } = result;
  const failed = result.non2xx + result.errors + result.timeouts;
  return {
    perSecond: requests.total / spent.seconds,
    cpuUs: (spent.ms.server * 1e3) / requests.total,
    latency: { p50: latency.p50, p90: latency.p90, p99: latency.p99, p999: latency.p99_9 },
    foreignCores: spent.foreignMs / 1e3 / spent.seconds,
    ...(failed > 0 && { fault: `${failed} requests failed` }),
  };
}

/** Each request is one of its own: what is repeated under the same key is not done again. */
function postOptions(post: Post): Pick<autocannon.Options, 'requests'> {
  const setupRequest: autocannon.SetupRequest = (request) => {
    const { body, key } = post();
    const headers = { ...request.headers, 'content-type': 'application/json' };
    return {
      ...request,
      method: 'POST',
      body,
      headers: key === undefined ? headers : { ...headers, 'idempotency-key': key },
    };
  };
  return { requests: [{ setupRequest }] };
}
