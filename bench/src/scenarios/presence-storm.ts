import { sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { type MintedPerson, mintPeople } from '@gapless/shared/testing';
import { Listener } from '../load/listener.ts';
import type { Gapless } from './gapless.ts';

export interface Storm {
  /** From the kill to the last one who came back. */
  readonly backMs: number;
  /** Those who were back before anybody's leave could have ended. */
  readonly inTime: number;
  /** What watchers were told of those. */
  readonly flicker: number;
  readonly away: number;
  /** What watchers were told of those who stayed away, and in how many frames. */
  readonly gone: number;
  readonly frames: number;
  readonly rightAfterMs: number;
}

type Told = readonly [user: string, presence: string];

/** Silence alone makes nobody leave for that long. */
const graceMs = 5_000;
const deadlineMs = 60_000;
const watchedEach = 200;
const dialsAtOnce = 50;
const sources = 20;

/** Clients on one edge, watchers on another; the first is killed, and all but some come back on the second at once. */
export async function storm(
  { system, population }: Gapless,
  shape: { readonly clients: number; readonly staying: number },
): Promise<Storm> {
  const room = population.rooms[0] as RoomId;
  const crowd = await mintPeople(system, room, shape.clients);
  const observers = await mintPeople(system, room, 1);
  const [stays, dies] = system.edges;
  if (stays === undefined || dies === undefined) throw new Error('two edges are needed');
  const first = await dial(dies.url, crowd);
  const watchers = await watchAll(stays.url, observers[0] as MintedPerson, crowd);
  await until('all are online', () => stateOf(watchers).size === crowd.length && isAll(watchers, 'online'));

  for (const watcher of watchers) watcher.clear();
  const [back, away] = [crowd.slice(0, shape.staying), crowd.slice(shape.staying)];
  await dies.kill9();
  const killed = performance.now();
  const since = () => performance.now() - killed;
  for (const one of first) one.close();
  const took: [string, number][] = [];
  const coming = Promise.all(
    back.map(async (person, n) => {
      const one = await Listener.open({ url: stays.url, localAddress: addressOf(n), token: person.token });
      took.push([person.id, since()]);
      return one;
    }),
  );
  let rightAfterMs = 0;
  const right = until('who stays away is offline', () => {
    const now = stateOf(watchers);
    return away.every(({ id }) => now.get(id) === 'offline');
  }).then(() => {
    rightAfterMs = since();
  });
  const second = await coming;
  const backMs = since();
  await right;
  // What would flicker later would flicker now.
  await sleep(2 * graceMs);
  const inTime = new Set(took.flatMap(([id, ms]) => (ms < graceMs ? [id] : [])));
  const told = watchers.flatMap(tellingsOf);
  const awayIds = new Set<string>(away.map(({ id }) => id));
  const found = {
    ...{ backMs, rightAfterMs, away: away.length, inTime: inTime.size },
    flicker: told.filter(([user]) => inTime.has(user)).length,
    gone: told.filter(([user]) => awayIds.has(user)).length,
    frames: watchers.reduce((sum, watcher) => sum + watcher.of('pres').length, 0),
  };
  for (const one of [...second, ...watchers]) one.close();
  return found;
}

async function dial(url: string, people: readonly MintedPerson[]): Promise<Listener[]> {
  const all: Listener[] = [];
  for (let from = 0; from < people.length; from += dialsAtOnce) {
    const some = people.slice(from, from + dialsAtOnce);
    all.push(
      ...(await Promise.all(some.map(({ token }, n) => Listener.open({ url, localAddress: addressOf(n), token })))),
    );
  }
  return all;
}

async function watchAll(url: string, { token }: MintedPerson, crowd: readonly MintedPerson[]): Promise<Listener[]> {
  const watchers: Listener[] = [];
  for (let from = 0; from < crowd.length; from += watchedEach) {
    const watcher = await Listener.open({ url, localAddress: addressOf(0), token });
    watcher.send({ t: 'watch', us: crowd.slice(from, from + watchedEach).map(({ id }) => id) });
    watchers.push(watcher);
  }
  return watchers;
}

const addressOf = (n: number): string => `127.0.0.${2 + (n % sources)}`;
const tellingsOf = (watcher: Listener): Told[] => watcher.of('pres').flatMap(({ w }) => (w ?? []) as readonly Told[]);
const stateOf = (watchers: readonly Listener[]): Map<string, string> => new Map(watchers.flatMap(tellingsOf));
const isAll = (watchers: readonly Listener[], presence: string): boolean =>
  [...stateOf(watchers).values()].every((one) => one === presence);

async function until(what: string, check: () => boolean): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!check()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await sleep(50);
  }
}
