import type { Config } from '@gapless/shared/config';
import type { LocalSystem } from '@gapless/shared/local';
import { sleep } from '@gapless/shared/runtime';

/** Cheap passwords and no rate limits: few accounts with many sockets stand for many with few. */
export const benchSettings: { everyone: Partial<Config>; api: Partial<Config>; edge: Partial<Config> } = {
  everyone: { logLevel: 'warn' },
  api: { passwordMemoryKib: 64, passwordPasses: 1, loginsPerMinute: 100_000, requestsPerMinute: 1_000_000 },
  edge: {
    framesPerSecond: 1_000_000,
    frameBurst: 1_000_000,
    userSendsPerSecond: 1_000_000,
    userSendBurst: 1_000_000,
    userReplaysPerSecond: 1_000_000,
    userReplayBurst: 1_000_000,
    socketsPerUser: 100_000,
    pendingPerAddress: 100_000,
  },
};

const roomsAtOnce = 5;
const busy = 503;
const busyPauseMs = 500;
export const password = 'a long enough password';

export interface Population {
  /** Access tokens, one an account. */
  readonly tokens: readonly string[];
  /** Every account is in every room. */
  readonly rooms: readonly string[];
}

/** Accounts and rooms, made through REST as anybody's are. */
export async function populate({ api }: LocalSystem, count: { accounts: number; rooms: number }): Promise<Population> {
  const tokens = await Promise.all(times(count.accounts, (n) => signUp(api.url, `bench-${n}`)));
  const rooms: string[] = [];
  for (let n = 0; n < count.rooms; n += roomsAtOnce) {
    const some = times(Math.min(roomsAtOnce, count.rooms - n), (k) => makeRoom(api.url, `Room ${n + k}`, tokens));
    rooms.push(...(await Promise.all(some)));
  }
  return { tokens, rooms };
}

/** Everybody is in it. */
export async function makeRoom(api: string, name: string, [owner, ...others]: readonly string[]): Promise<string> {
  const { id } = await post<{ id: string }>(`${api}/v1/rooms`, { name }, owner);
  await Promise.all(others.map((token) => post(`${api}/v1/rooms/${id}/join`, undefined, token)));
  return id;
}

async function signUp(api: string, nickname: string): Promise<string> {
  const account = { nickname, email: `${nickname}@bench.example`, password };
  return (await post<{ accessToken: string }>(`${api}/v1/auth/signup`, account)).accessToken;
}

/** Everybody comes at once: on a machine with other work some are told to wait. */
async function post<T>(url: string, body?: unknown, token?: string, triesLeft = 20): Promise<T> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const init = { method: 'POST', headers, signal: AbortSignal.timeout(30_000) };
  const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  if (response.status === busy && triesLeft > 0) {
    await sleep(busyPauseMs * (0.5 + Math.random()));
    return post(url, body, token, triesLeft - 1);
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
