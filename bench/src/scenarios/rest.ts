import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { createCpuWatch } from '../cpu-watch.ts';
import type { Ends } from '../ends.ts';
import { openFleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import { type OrderedProcess, startOrdered } from '../ordered-process.ts';
import type { Round, Row, Sample } from '../row.ts';
import type { Gapless } from './gapless.ts';

export interface RestShape {
  readonly rounds: number;
  readonly connections: number;
  readonly seconds: number;
  readonly messages: number;
}

interface Listening {
  readonly say: 'listening';
  readonly port: number;
}
type Bare = OrderedProcess<{ url: string; database: string }, Listening>;

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Whatever else works for either side. */
  readonly others: readonly number[];
}

const bareScript = fileURLToPath(new URL('../../peers/bare-fastify/server.js', import.meta.url));
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Pages of history and of rooms by the whole api, and by a bare Fastify that makes the same calls of the driver, in turns. */
export async function rest(
  gapless: Gapless,
  ends: Pick<Ends, 'teardown'>,
  shape: RestShape,
  progress: (line: string) => void,
): Promise<Row[]> {
  const { system, population } = gapless;
  const room = population.rooms[0] as string;
  const token = population.tokens[0] as string;
  await fill(gapless, room, shape.messages);
  const bare: Bare = startOrdered('bare Fastify', bareScript);
  ends.teardown(bare.close);
  const asked = { url: system.mongoUrl, database: 'gapless' };
  const { port } = await bare.ask(asked, (answer) => answer);
  const user = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sub as string;

  const ours = (path: string): Target => ({
    url: `${system.api.url}/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    pid: system.api.pid(),
    others: [...gapless.pids.edges, ...gapless.pids.nats, ...gapless.pids.others, bare.pid],
  });
  const theirs = (path: string): Target => ({
    url: `http://127.0.0.1:${port}${path}?room=${room}&user=${user}`,
    headers: {},
    pid: bare.pid,
    others: [...gapless.pids.edges, ...gapless.pids.nats, ...gapless.pids.others],
  });
  const rows: Row[] = [];
  for (const [what, a, b] of [
    ['history', ours(`/rooms/${room}/messages?limit=50`), theirs('/history')],
    ['room list', ours('/rooms?limit=50'), theirs('/rooms')],
  ] as const) {
    const items = await Promise.all([itemsOf(a), itemsOf(b)]);
    if (items[0] !== items[1] || items[0] === 0) throw new Error(`${what}: ${items.join(' and ')} items`);
    // One of each that does not count: what compiles late must not be on the bill of the first round.
    for (const target of [a, b]) await load(target, shape);
    const rounds: Round[] = [];
    for (let n = 0; n < shape.rounds; n++) {
      const round = { ours: await load(a, shape), reference: await load(b, shape) };
      rounds.push(round);
      const ratio = (round.ours.perSecond / round.reference.perSecond).toFixed(2);
      progress(
        `${what} ${n + 1}/${shape.rounds}: ${Math.round(round.ours.perSecond)} requests/s, bare ${Math.round(round.reference.perSecond)}: ${ratio}`,
      );
    }
    rows.push(rowOf(what, shape, items[0], rounds));
  }
  return rows;
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

async function load({ url, headers, pid, others }: Target, { connections, seconds }: RestShape): Promise<Sample> {
  const watch = createCpuWatch({
    server: [pid],
    others: others.filter((other) => other !== pid),
    bench: [process.pid],
  });
  watch.begun();
  const result = await autocannon({ url, headers, connections, duration: seconds });
  watch.ended();
  const spent = watch.spent();
  const { total } = result.requests;
  const failed = result.non2xx + result.errors + result.timeouts;
  return {
    perSecond: total / spent.seconds,
    cpuUs: (spent.ms.server * 1e3) / total,
    p50: result.latency.p50,
    p99: result.latency.p99,
    foreignCores: spent.foreignMs / 1e3 / spent.seconds,
    details: { cpuMs: spent.ms, total },
    ...(failed > 0 && { fault: `${failed} requests failed` }),
  };
}

const rowOf = (what: string, { connections }: RestShape, items: number, rounds: readonly Round[]): Row => ({
  title: `REST, ${what}: requests a second of the whole api, against a bare Fastify route with the same calls of the driver`,
  shape: `${items} items a page, ${connections} connections, one process each, the same MongoDB`,
  names: { ours: 'Gapless', reference: 'bare Fastify' },
  compared: 'perSecond',
  target: { atLeast: 0.8 },
  rounds,
});
