import { type Bus, createMemoryBus, encodeEvent } from '@gapless/shared/bus';
import { createClientIds } from '@gapless/shared/client';
import { type Config, loadConfig } from '@gapless/shared/config';
import { type Clock, createMetrics, silentLogger, systemClock } from '@gapless/shared/runtime';
import {
  type MembershipEvent,
  newId,
  type OpId,
  type RoomId,
  type UserAccess,
  type UserId,
} from '@gapless/shared/schema';
import { createEdge, type Edge } from '../src/edge.ts';
import { type ConnectOptions, connect, type TestClient } from './test-client.ts';
import { createTestIssuer, goodClaims, type TestIssuer } from './tokens.ts';

export interface TestEdge {
  readonly edge: Edge;
  readonly bus: Bus;
  readonly issuer: TestIssuer;
  readonly port: number;
  metrics(): Promise<string>;
  /** Writes the user's access as the outbox would. */
  allow(user: UserId, ...rooms: RoomId[]): Promise<void>;
  member(op: 'join' | 'leave' | 'remove', room: RoomId, user: UserId, ver: number): Promise<void>;
  tokenOf(user: UserId, lifeMs?: number): string;
  connect(options?: ConnectOptions): Promise<TestClient>;
  /** Connected, with a session. */
  greeted(user: UserId, hello?: Record<string, unknown>): Promise<TestClient>;
}

interface Test {
  teardown(fn: () => unknown): void;
}

/** A whole edge on a free port, its bus in this process. */
export async function startEdge(
  t: Test,
  over: Partial<Config> = {},
  bus: Bus = createMemoryBus(),
  clock: Clock = systemClock,
): Promise<TestEdge> {
  const issuer = createTestIssuer(t);
  const config: Config = {
    ...loadConfig('edge', { GAPLESS_JWKS_FILE: issuer.jwksFile }),
    edgePort: 0,
    closeDeadlineMs: 2_000,
    // Its clients, and what the test does, are in this process too: how late its loop is says nothing of an edge.
    overloadDelayMs: 60_000,
    ...over,
  };
  const metrics = createMetrics('edge');
  const edge = createEdge({ config, logger: silentLogger(), metrics }, { connect: async () => bus, clock });
  await edge.start();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= edge.close();
    return closed;
  };
  const clients: TestClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.socket.terminate();
    await close();
  });
  const tokenOf = (user: UserId, lifeMs?: number) => issuer.token(goodClaims(user, lifeMs));
  const connected = async (options?: ConnectOptions) => {
    const client = await connect(edge.port, options);
    clients.push(client);
    return client;
  };
  return {
    edge: { start: edge.start, close, obstacles: edge.obstacles, port: edge.port },
    bus,
    issuer,
    port: edge.port,
    metrics: () => metrics.text(),
    allow: (user, ...rooms) => allow(bus, user, rooms),
    member: (op, room, user, ver) => memberEvent(bus, op, room, user, ver),
    tokenOf,
    connect: connected,
    greeted: async (user, hello = {}) => {
      const client = await connected();
      client.send({ t: 'hello', i: 0, tok: tokenOf(user), ...hello });
      await client.next({ t: 'hi', i: 0 });
      await client.next((frame) => frame.t === 'rooms' && frame['more'] === undefined);
      return client;
    },
  };
}

async function allow(bus: Bus, user: UserId, rooms: readonly RoomId[]): Promise<void> {
  const entry = await bus.access.read(user);
  const added = rooms.map((room) => [room, { role: 'member', ver: 1, since: 1 }] as const);
  const all: UserAccess = Object.fromEntries(added);
  await bus.access.write(user, all, entry?.revision ?? 0);
}

async function memberEvent(
  bus: Bus,
  op: MembershipEvent['op'],
  room: RoomId,
  user: UserId,
  ver: number,
): Promise<void> {
  const opId = newId<OpId>();
  const bytes = encodeEvent({ v: 1, t: 'mem', r: room, u: user, at: Date.now(), op, us: [user], ver });
  await bus.log.append({ room, id: opId, lane: `outbox:${room}`, bytes, op: opId });
}

const ids = createClientIds();
export const clientId = (): string => ids.next();

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
