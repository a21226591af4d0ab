import type { EdgeLoad, OwnPresence, PresenceReport, PresenceReports } from '@gapless/shared/bus';
import type { UserId } from '@gapless/shared/schema';

/** Tells the others who is on this edge. */
export interface PresenceReporter {
  /** Something about the user may be another now. */
  touch(user: UserId): void;
  stop(): void;
}

export interface PresenceReporterDeps {
  readonly reports: PresenceReports;
  /** Of this process. */
  readonly edge: string;
  /** What the user's sockets on this edge come to; `undefined` for nobody. */
  readonly presenceOf: (user: UserId) => OwnPresence | undefined;
  readonly users: () => Iterable<UserId>;
  /** What the edge carries now. */
  readonly load: () => EdgeLoad;
}

/** Changes within a tick are told at once: who reconnects in it was never gone. */
const tickMs = 250;
/** Silence for longer means that this edge is gone: `shared/src/bus/online.ts`. */
const beatTicks = 4;
/** A report stays far below what one message of the bus may hold. */
const usersPerReport = 10_000;
/** Everybody who starts asks: one answer serves all who ask within a tick. */
const wholeTicks = 120;

export function createPresenceReporter(deps: PresenceReporterDeps): PresenceReporter {
  const { reports, edge, presenceOf, users, load } = deps;
  const told = new Map<UserId, OwnPresence>();
  const touched = new Set<UserId>();
  let n = 0;
  let silentTicks = 0;
  let loadTicks = beatTicks;
  let agedTicks = wholeTicks;

  const report = (what: Omit<PresenceReport, 'edge' | 'n'>): void => {
    silentTicks = 0;
    const isDue = loadTicks >= beatTicks;
    if (isDue) loadTicks = 0;
    reports.report({ edge, n: ++n, ...(isDue ? { load: load() } : {}), ...what });
  };

  const takeChanges = (): Map<UserId, OwnPresence | undefined> => {
    const changes = new Map<UserId, OwnPresence | undefined>();
    for (const user of touched) {
      if (changes.size === usersPerReport) break;
      touched.delete(user);
      const now = presenceOf(user);
      if (now === told.get(user)) continue;
      changes.set(user, now);
      if (now === undefined) told.delete(user);
      else told.set(user, now);
    }
    return changes;
  };

  const tellChanges = (): void => {
    const changes = [...takeChanges()];
    const of = (wanted: OwnPresence | undefined) => changes.flatMap(([user, now]) => (now === wanted ? [user] : []));
    if (changes.length > 0) report({ on: of('online'), away: of('away'), hidden: of('hidden'), off: of(undefined) });
  };

  const tellAll = (): void => {
    agedTicks = 0;
    touched.clear();
    told.clear();
    for (const user of users()) {
      const now = presenceOf(user);
      if (now !== undefined) told.set(user, now);
    }
    const all = [...told];
    const parts = Math.max(1, Math.ceil(all.length / usersPerReport));
    for (let at = 0; at < parts; at++) {
      const some = all.slice(at * usersPerReport, (at + 1) * usersPerReport);
      const of = (wanted: OwnPresence) => some.flatMap(([user, now]) => (now === wanted ? [user] : []));
      report({ part: partOf(at, parts), on: of('online'), away: of('away'), hidden: of('hidden') });
    }
  };

  const tick = (): void => {
    silentTicks++;
    loadTicks++;
    if (++agedTicks >= wholeTicks) return tellAll();
    tellChanges();
    if (silentTicks >= beatTicks) report({});
  };

  const following = reports.asked(() => {
    agedTicks = wholeTicks;
  });
  const timer = setInterval(tick, tickMs).unref();
  return {
    touch: (user) => void touched.add(user),
    stop: () => {
      clearInterval(timer);
      following.stop();
      report({ gone: true });
    },
  };
}

function partOf(at: number, parts: number): NonNullable<PresenceReport['part']> {
  if (parts === 1) return 'only';
  if (at === 0) return 'first';
  return at === parts - 1 ? 'last' : 'next';
}
