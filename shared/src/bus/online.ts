import type { Clock } from '../runtime/index.ts';
import type { UserId } from '../schema/index.ts';
import type { EdgeLoad, PresenceReport } from './bus.ts';

/** What others are told of a user who is there. */
export type Presence = 'online' | 'away';

/** What he says of himself: `hidden` on any device hides him on all. */
export type OwnPresence = Presence | 'hidden';

/** Who is online now, on whichever edge, as their reports say. */
export interface Online {
  /** `false` when a report was lost on the way: what is known of that edge may be old until it tells all. */
  heard(report: PresenceReport): boolean;
  /** Forgets edges that fell silent and users who have been gone for long enough; to be called a few times a second. */
  sweep(): void;
  /** The bus was interrupted: nobody's silence counts from before. */
  interrupted(): void;
  presenceOf(user: UserId): Presence | undefined;
  /** The lowest ids above `above`, in rising order; who came within the last second may not be among them yet. */
  page(request: { above: UserId | undefined; limit: number }): UserId[];
  /** Edges that are there, each as it last said. */
  edges(): { readonly id: string; readonly load: EdgeLoad }[];
  readonly users: number;
}

interface Edge {
  n: number;
  heardAt: number;
  load?: EdgeLoad;
  readonly users: Map<UserId, OwnPresence>;
  /** A whole list on its way. */
  coming: Map<UserId, OwnPresence> | undefined;
}

/** Three beats of an edge and a little. */
const silentMs = 3_500;
/** Sorting everybody costs the same however many ask: a page may be so old. */
const sortedForMs = 1_000;
/** Who reconnects elsewhere within it was never gone. */
const graceMs = 5_000;

export function createOnline(deps: {
  clock: Clock;
  changed?: (user: UserId, presence: Presence | undefined) => void;
}): Online {
  const { clock, changed = () => undefined } = deps;
  const edges = new Map<string, Edge>();
  const shown = new Map<UserId, Presence>();
  /** Users who are on no edge any more, and since when. */
  const leaving = new Map<UserId, number>();
  let sorted: readonly UserId[] = [];
  let sortedAt = Number.NEGATIVE_INFINITY;
  let isChanged = false;

  const inOrder = (): readonly UserId[] => {
    if (!isChanged || clock.now() - sortedAt < sortedForMs) return sorted;
    sorted = [...shown.keys()].sort();
    sortedAt = clock.now();
    isChanged = false;
    return sorted;
  };

  const show = (user: UserId, presence: Presence | undefined): void => {
    if (shown.get(user) === presence) return;
    if (presence === undefined || !shown.has(user)) isChanged = true;
    if (presence === undefined) shown.delete(user);
    else shown.set(user, presence);
    changed(user, presence);
  };

  const settle = (user: UserId): void => {
    const own = onAnyEdge(edges.values(), user);
    if (own === undefined) {
      if (shown.has(user) && !leaving.has(user)) leaving.set(user, clock.now());
      return;
    }
    leaving.delete(user);
    show(user, own === 'hidden' ? undefined : own);
  };

  /** In place: each whole list names everybody by new strings, and those of before are kept in other places as well. */
  const replace = ({ users: known }: Edge, users: ReadonlyMap<UserId, OwnPresence>): void => {
    const changes: UserId[] = [];
    for (const user of known.keys()) if (!users.has(user) && known.delete(user)) changes.push(user);
    for (const [user, own] of users) {
      if (known.get(user) === own) continue;
      known.set(user, own);
      changes.push(user);
    }
    for (const user of changes) settle(user);
  };

  const change = (edge: Edge, report: PresenceReport): void => {
    const news = put(new Map(), report);
    for (const [user, own] of news) edge.users.set(user, own);
    for (const user of report.off ?? []) edge.users.delete(user);
    for (const user of [...news.keys(), ...(report.off ?? [])]) settle(user);
  };

  const takePart = (edge: Edge, report: PresenceReport): void => {
    if (report.part === 'first' || report.part === 'only') edge.coming = new Map();
    if (edge.coming === undefined) return;
    put(edge.coming, report);
    if (report.part !== 'last' && report.part !== 'only') return;
    replace(edge, edge.coming);
    edge.coming = undefined;
  };

  const forget = (id: string, edge: Edge): void => {
    edges.delete(id);
    replace(edge, new Map());
  };

  return {
    heard: (report) => {
      const known = edges.get(report.edge);
      const edge: Edge = known ?? { n: report.n - 1, heardAt: 0, users: new Map(), coming: undefined };
      const isNext = known !== undefined && report.n === edge.n + 1;
      const isWhole = report.part === 'first' || report.part === 'only';
      edge.n = report.n;
      edge.heardAt = clock.now();
      if (report.gone === true) {
        forget(report.edge, edge);
        return true;
      }
      edges.set(report.edge, edge);
      if (report.load !== undefined) edge.load = report.load;
      if (!isNext) edge.coming = undefined;
      if (report.part === undefined) change(edge, report);
      else takePart(edge, report);
      return isWhole || isNext;
    },
    sweep: () => {
      const now = clock.now();
      for (const [id, edge] of edges) if (now - edge.heardAt > silentMs) forget(id, edge);
      for (const [user, since] of leaving) {
        if (now - since <= graceMs) continue;
        leaving.delete(user);
        show(user, undefined);
      }
    },
    interrupted: () => {
      for (const edge of edges.values()) edge.heardAt = clock.now();
    },
    presenceOf: (user) => shown.get(user),
    page: ({ above, limit }) => {
      const users = inOrder();
      const found: UserId[] = [];
      for (let n = above === undefined ? 0 : placeBehind(users, above); n < users.length && found.length < limit; n++) {
        // Who is gone since is left out.
        const user = users[n];
        if (user !== undefined && shown.has(user)) found.push(user);
      }
      return found;
    },
    edges: () => Array.from(edges).flatMap(([id, { load }]) => (load === undefined ? [] : [{ id, load }])),
    get users() {
      return shown.size;
    },
  };
}

/** Of users in rising order the place of the first above that one. */
function placeBehind(users: readonly UserId[], above: UserId): number {
  let [low, high] = [0, users.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((users[middle] ?? above) > above) high = middle;
    else low = middle + 1;
  }
  return low;
}

function put(users: Map<UserId, OwnPresence>, { on = [], away = [], hidden = [] }: PresenceReport) {
  for (const user of on) users.set(user, 'online');
  for (const user of away) users.set(user, 'away');
  for (const user of hidden) users.set(user, 'hidden');
  return users;
}

/** What several places come to: hidden before online before away. */
export function together(places: Iterable<OwnPresence>): OwnPresence | undefined {
  let found: OwnPresence | undefined;
  for (const place of places) {
    if (place === 'hidden') return place;
    if (found !== 'online') found = place;
  }
  return found;
}

function onAnyEdge(edges: Iterable<Edge>, user: UserId): OwnPresence | undefined {
  const places: OwnPresence[] = [];
  for (const { users } of edges) {
    const own = users.get(user);
    if (own !== undefined) places.push(own);
  }
  return together(places);
}
