import type { Signals } from '@gapless/shared/bus';
import { newId, type UserId } from '@gapless/shared/schema';
import { beginsAs, readableSignal } from './signal-frame.ts';

export type UserSignal = Readonly<Record<string, unknown>>;
export type HearSignal = (user: UserId, signal: UserSignal) => void;

/** What processes say to each other about one user: at most once, in no order. */
export interface UserSignals {
  /** To every other process; what this one's own sockets are to hear of it they are told beside. */
  tell(user: UserId, signal: { readonly t: string } & UserSignal): void;
  /** Hears that kind, of users who have a socket here. */
  on(kind: string, hear: HearSignal): void;
  /** Hears that kind of whomever it is about. */
  onAny(kind: string, hear: HearSignal): void;
  stop(): void;
}

export function createUserSignals(deps: {
  signals: Pick<Signals, 'toUser' | 'toUsers'>;
  isHere: (user: UserId) => boolean;
}): UserSignals {
  const { signals, isHere } = deps;
  const self = newId();
  const hearers = new Map<string, HearSignal>();
  /** Of what everybody says of everybody only these are parsed. */
  const ofAnybody = new Set<string>();

  const heard = (user: UserId, bytes: Uint8Array): void => {
    if (!isHere(user) && ![...ofAnybody].some((kind) => beginsAs(bytes, kind))) return;
    const signal = readableSignal(bytes);
    if (signal === undefined || signal['by'] === self || typeof signal['t'] !== 'string') return;
    hearers.get(signal['t'])?.(user, signal);
  };

  const following = signals.toUsers(heard);
  return {
    tell: (user, { t, ...signal }) => signals.toUser(user, Buffer.from(JSON.stringify({ t, ...signal, by: self }))),
    on: (kind, hear) => void hearers.set(kind, hear),
    onAny: (kind, hear) => {
      ofAnybody.add(kind);
      hearers.set(kind, hear);
    },
    stop: () => following.stop(),
  };
}
