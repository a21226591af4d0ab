import type { UserId } from '@gapless/shared/schema';
import { addressGroup } from './client-address.ts';
import type { Session } from './session.ts';

/** Every socket of this edge, by what must be bounded or found. */
export interface SessionRegistry {
  /** Whether the address may open one more socket that has not greeted. */
  admits(address: string): boolean;
  opened(session: Session): void;
  /** The session has an owner: `false` when the user has as many sockets as allowed. */
  enter(user: UserId, session: Session): boolean;
  /** A greeting that failed: the session has no owner again. */
  withdraw(user: UserId, session: Session): void;
  /** The session counts no more against its address. */
  settled(session: Session): void;
  closed(session: Session): void;
  ofUser(user: UserId): readonly Session[];
  present(): Iterable<UserId>;
  all(): Iterable<Session>;
  readonly sockets: number;
  readonly users: number;
}

const nobody: readonly Session[] = [];

export function createSessionRegistry(options: {
  pendingPerAddress: number;
  socketsPerUser: number;
  /** A socket of the user is here, or gone. */
  changed: (user: UserId) => void;
  /** His last one on this edge is. */
  gone: (user: UserId) => void;
}): SessionRegistry {
  const { pendingPerAddress, socketsPerUser, changed, gone } = options;
  const sessions = new Set<Session>();
  const unsettled = new Set<Session>();
  const pending = new Map<string, number>();
  /** Lists are never changed: who goes through one may end its sessions. */
  const users = new Map<UserId, readonly Session[]>();

  const settled = (session: Session): void => {
    if (!unsettled.delete(session)) return;
    const group = addressGroup(session.socket.address);
    const left = (pending.get(group) ?? 1) - 1;
    if (left === 0) pending.delete(group);
    else pending.set(group, left);
  };

  const withdraw = (user: UserId, session: Session): void => {
    const own = users.get(user);
    if (own === undefined || !own.includes(session)) return;
    const left = own.filter((other) => other !== session);
    if (left.length > 0) users.set(user, left);
    else users.delete(user);
    changed(user);
    if (left.length === 0) gone(user);
  };

  return {
    admits: (address) => (pending.get(addressGroup(address)) ?? 0) < pendingPerAddress,
    opened: (session) => {
      const group = addressGroup(session.socket.address);
      sessions.add(session);
      unsettled.add(session);
      pending.set(group, (pending.get(group) ?? 0) + 1);
    },
    enter: (user, session) => {
      const own = users.get(user) ?? nobody;
      if (own.length >= socketsPerUser) return false;
      users.set(user, own.concat(session));
      changed(user);
      return true;
    },
    withdraw,
    settled,
    closed: (session) => {
      sessions.delete(session);
      settled(session);
      if (session.identity !== undefined) withdraw(session.identity.user, session);
    },
    ofUser: (user) => users.get(user) ?? nobody,
    present: () => users.keys(),
    all: () => sessions,
    get sockets() {
      return sessions.size;
    },
    get users() {
      return users.size;
    },
  };
}
