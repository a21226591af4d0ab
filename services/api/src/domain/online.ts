import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';

export type Presence = 'online' | 'away';

/** What an edge says of who is on it; `shared/src/bus/bus.ts` says what each field promises. */
export interface EdgeReport {
  readonly edge: string;
  readonly n: number;
  readonly on?: readonly UserId[];
  readonly away?: readonly UserId[];
  readonly off?: readonly UserId[];
  readonly part?: 'first' | 'next' | 'last' | 'only';
  readonly gone?: true;
}

/** Who is online now, on whichever edge. */
export interface Online {
  /** `false` when a report was lost on the way: what is known of that edge may be old until it tells all. */
  heard(report: EdgeReport): boolean;
  /** Forgets edges that fell silent and users who have been gone for long enough; to be called a few times a second. */
  sweep(): void;
  /** The bus was interrupted: nobody's silence counts from before. */
  interrupted(): void;
  presenceOf(user: UserId): Presence | undefined;
  /** The lowest ids above `above`, in rising order. */
  page(request: { above: UserId | undefined; limit: number }): UserId[];
  readonly users: number;
}

interface Edge {
  n: number;
  heardAt: number;
  users: Map<UserId, Presence>;
  /** A whole list on its way. */
  coming: Map<UserId, Presence> | undefined;
}

/** Four beats of an edge and a little. */
const silentMs = 3_500;
/** Who reconnects elsewhere within it was never gone. */
const graceMs = 5_000;

export function createOnline({ clock }: { clock: Clock }): Online {
  const edges = new Map<string, Edge>();
  /** Users who are on no edge any more, and since when. */
  const leaving = new Map<UserId, number>();
  const everyone = new Map<UserId, number>();

  const enter = (user: UserId): void => {
    leaving.delete(user);
    everyone.set(user, (everyone.get(user) ?? 0) + 1);
  };
  const leave = (user: UserId): void => {
    const left = (everyone.get(user) ?? 1) - 1;
    if (left > 0) return void everyone.set(user, left);
    everyone.delete(user);
    leaving.set(user, clock.now());
  };

  const put = (users: Map<UserId, Presence>, { on = [], away = [] }: EdgeReport): void => {
    for (const user of on) users.set(user, 'online');
    for (const user of away) users.set(user, 'away');
  };
  const replace = (edge: Edge, users: Map<UserId, Presence>): void => {
    for (const user of users.keys()) if (!edge.users.has(user)) enter(user);
    for (const user of edge.users.keys()) if (!users.has(user)) leave(user);
    edge.users = users;
  };

  const change = (edge: Edge, report: EdgeReport): void => {
    const users = new Map<UserId, Presence>();
    put(users, report);
    for (const user of users.keys()) if (!edge.users.has(user)) enter(user);
    for (const [user, presence] of users) edge.users.set(user, presence);
    for (const user of report.off ?? []) if (edge.users.delete(user)) leave(user);
  };

  const takePart = (edge: Edge, report: EdgeReport): void => {
    if (report.part === 'first' || report.part === 'only') edge.coming = new Map();
    if (edge.coming === undefined) return;
    put(edge.coming, report);
    if (report.part !== 'last' && report.part !== 'only') return;
    replace(edge, edge.coming);
    edge.coming = undefined;
  };

  const forget = (id: string, edge: Edge): void => {
    replace(edge, new Map());
    edges.delete(id);
  };

  return {
    heard: (report) => {
      const known = edges.get(report.edge);
      const edge = known ?? { n: report.n - 1, heardAt: 0, users: new Map(), coming: undefined };
      const isNext = report.n === edge.n + 1;
      const isWhole = report.part === 'first' || report.part === 'only';
      edge.n = report.n;
      edge.heardAt = clock.now();
      if (report.gone === true) {
        forget(report.edge, edge);
        return true;
      }
      edges.set(report.edge, edge);
      if (!isNext) edge.coming = undefined;
      if (report.part === undefined) change(edge, report);
      else takePart(edge, report);
      return isWhole || (isNext && known !== undefined);
    },
    sweep: () => {
      const now = clock.now();
      for (const [id, edge] of edges) if (now - edge.heardAt > silentMs) forget(id, edge);
      for (const [user, since] of leaving) if (now - since > graceMs) leaving.delete(user);
    },
    interrupted: () => {
      for (const edge of edges.values()) edge.heardAt = clock.now();
    },
    presenceOf: (user) => {
      if (leaving.has(user)) return 'online';
      if (!everyone.has(user)) return undefined;
      return [...edges.values()].some(({ users }) => users.get(user) === 'online') ? 'online' : 'away';
    },
    page: ({ above, limit }) => {
      const isAsked = (user: UserId): boolean => above === undefined || user > above;
      const found = [...everyone.keys(), ...leaving.keys()].filter(isAsked);
      return found.sort().slice(0, limit);
    },
    get users() {
      return everyone.size + leaving.size;
    },
  };
}
