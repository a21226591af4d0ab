import { randomUUID } from 'node:crypto';
import { connectNatsBus } from '@gapless/shared/bus';
import { type Config, loadConfig } from '@gapless/shared/config';
import type { LocalSystem } from '@gapless/shared/local';
import { createMetrics, silentLogger } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { startSystem, until } from '@gapless/shared/testing';
import type { Test } from 'tap';
import { createEdge } from '../src/edge.ts';
import { type Script, withFaultyLive } from './faulty-live.ts';
import { connect, type TestClient } from './test-client.ts';

export interface Someone {
  readonly token: string;
}

export interface FaultySystem {
  readonly system: LocalSystem;
  /** The edge of this process, whose live path is faulty. */
  readonly port: number;
  metrics(): Promise<string>;
  readonly people: readonly Someone[];
  /** All people are in it. */
  room(): Promise<RoomId>;
  /** Greeted on the faulty edge, or on a whole one of the system. */
  client(person: Someone, hello?: Record<string, unknown>, port?: number): Promise<TestClient>;
}

const unlimited: Partial<Config> = {
  framesPerSecond: 100_000,
  frameBurst: 100_000,
  userSendsPerSecond: 100_000,
  userSendBurst: 100_000,
};

/** A whole system, and beside its edges one in this process that hears NATS through a faulty live path. */
export async function startFaultySystem(t: Test, script: Script, over: Partial<Config> = {}): Promise<FaultySystem> {
  const api = { passwordMemoryKib: 64, passwordPasses: 1, loginsPerMinute: 1_000, requestsPerMinute: 100_000 };
  const system = await startSystem(t, {
    edges: 1,
    settings: { api, edge: unlimited, 'log-worker': { leaseMs: 2_000 } },
  });
  const config: Config = {
    ...loadConfig('edge', { GAPLESS_JWKS_FILE: system.jwksFile }),
    natsUrls: [system.nats.url],
    edgePort: 0,
    closeDeadlineMs: 1_000,
    ...unlimited,
    ...over,
  };
  const logger = silentLogger();
  const metrics = createMetrics('edge');
  const edge = createEdge(
    { config, logger, metrics },
    { connect: async () => withFaultyLive(await connectNatsBus(config, { name: 'edge', logger }), script) },
  );
  await edge.start();
  const clients: TestClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.socket.terminate();
    await edge.close();
  });
  await until('the edge to be ready', () => edge.obstacles().length === 0);
  const people = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const [owner, other] = people as [Someone, Someone];
  return {
    system,
    port: edge.port,
    metrics: () => metrics.text(),
    people,
    room: async () => {
      const { id } = await post<{ id: RoomId }>(system.api.url, '/v1/rooms', { name: 'A room' }, owner.token);
      await post(system.api.url, `/v1/rooms/${id}/join`, {}, other.token);
      return id;
    },
    client: async (person, hello = {}, port = edge.port) => {
      const client = await connect(port);
      clients.push(client);
      client.send({ t: 'hello', i: 0, tok: person.token, ...hello });
      await client.next({ t: 'hi', i: 0 }, 20_000);
      return client;
    },
  };
}

export const portOf = (url: string): number => Number(new URL(url).port);

async function signUp(api: string): Promise<Someone> {
  const nickname = `someone-${randomUUID().slice(0, 12)}`;
  const account = { nickname, email: `${nickname}@test.example`, password: 'a long enough password' };
  return { token: (await post<{ accessToken: string }>(api, '/v1/auth/signup', account)).accessToken };
}

async function post<T>(api: string, path: string, body: unknown, token = ''): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Sends until each is acknowledged; returns the sequences. */
export async function say(client: TestClient, room: RoomId, count: number, width = 20): Promise<number[]> {
  const seqs: number[] = [];
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) seqs.push(await sayOne(client, room));
  };
  await Promise.all(Array.from({ length: width }, work));
  return seqs.sort((a, b) => a - b);
}

let requests = 100;

export const sayOne = (client: TestClient, room: RoomId, text = 'hi'): Promise<number> =>
  askFor(client, { t: 'send', r: room, b: { text } });

export const deleteOne = (client: TestClient, room: RoomId, m: number): Promise<number> =>
  askFor(client, { t: 'del', r: room, m });

/** Until it is acknowledged; returns the sequence. */
async function askFor(client: TestClient, frame: Record<string, unknown>): Promise<number> {
  const c = randomUUID();
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const i = ++requests;
    client.send({ ...frame, i, c });
    const reply = await client.next((frame) => (frame.t === 'ok' || frame.t === 'err') && frame['i'] === i, 30_000);
    if (reply.t === 'ok') return reply['s'] as number;
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 50));
  }
  throw new Error('not acknowledged');
}

export interface EventFrame {
  readonly t: string;
  readonly r: RoomId;
  readonly s: number;
  readonly p: number;
}

export const eventsOf = (client: TestClient, room: RoomId): EventFrame[] =>
  client.frames.filter((frame) => frame['r'] === room && 'p' in frame) as unknown as EventFrame[];

/** Each event names the one before it, and none comes twice. */
export const chainFaults = (events: readonly EventFrame[]): string[] =>
  events.slice(1).flatMap(({ s, p }, n) => {
    const before = events[n] as EventFrame;
    return p === before.s && s > before.s ? [] : [`${s} names ${p} behind ${before.s}`];
  });
