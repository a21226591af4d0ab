import { type Bus, type Following, higher, type Progress } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Clock, steadyClock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { createCrowds } from './crowds.ts';
import { createMarkLog, type NewMark } from './mark-log.ts';
import { createReceiptSignals } from './receipt-signals.ts';
import type { RoomAccessCache } from './room-access.ts';
import type { RoomEnd } from './room-end.ts';
import type { Session } from './session.ts';
import type { UserSignals } from './user-signals.ts';

/** How far members have come: taken from sockets, stored, told. */
export interface Receipts {
  /**
   * The session's user has come that far. Resolves when it is stored, or at once when nobody waits for that; what cannot be
   * stored now is kept. Rejects with `not_member`, with `invalid_cursor` beyond the room's end, and as `MarkLog.store`.
   */
  take(session: Session, come: { room: RoomId; recv: number; read?: number }, waits: boolean): Promise<void>;
  /** Marks that are not stored yet. */
  waiting(): number;
  stop(): void;
}

export interface ReceiptsDeps {
  readonly bus: Pick<Bus, 'receipts' | 'signals' | 'commands' | 'interruptions'>;
  readonly access: Pick<RoomAccessCache, 'isMember' | 'membership'>;
  readonly userSignals: Pick<UserSignals, 'tell' | 'on' | 'onAny'>;
  readonly hasReached: RoomEnd;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  /** Hears of users who have read on, on whatever device. */
  readonly readOn: (user: UserId, room: RoomId, seq: number) => void;
  /** For the dates of marks. */
  readonly clock: Clock;
}

/** Who set a mark, and what this edge had not heard yet when he did. */
interface Setter {
  readonly session: Session;
  readonly epoch: number;
}

/** Members times rooms whose stored marks this edge remembers, to pass over what says nothing new. */
const maxKnown = 20_000;
const nothing = { recv: 0, read: 0 };

export function createReceipts(deps: ReceiptsDeps): Receipts {
  const { bus, access, hasReached, userSignals, sessionsOf, readOn, clock } = deps;
  const known = new Map<string, Pick<Progress, 'recv' | 'read'>>();
  /** Raised by whatever makes what is known of marks doubtful: what was on its way by then is not learned. */
  let epoch = 0;
  /** Above every time that a mark of unread rooms was heard to bear: who reads behind it ends it, whatever the clocks say. */
  let floor = 0;
  const crowds = createCrowds({ commands: bus.commands, clock: steadyClock });
  const told = createReceiptSignals({ signals: bus.signals, userSignals, crowds, sessionsOf, readOn });

  const remember = (key: string, mark: NewMark<Setter>): void => {
    if (mark.by.epoch !== epoch) return;
    // Put back at the end: the first ones are the least used.
    known.delete(key);
    known.set(key, { recv: mark.recv, read: mark.read });
    for (const oldest of known.keys()) {
      if (known.size <= maxKnown) break;
      known.delete(oldest);
    }
  };

  const learn = (mark: NewMark<Setter>): void => {
    const key = keyOf(mark);
    const before = known.get(key);
    remember(key, mark);
    told.tell(
      { ...mark, by: mark.by.session },
      mark.readAt !== undefined && (before === undefined || mark.read > before.read),
    );
  };

  const log = createMarkLog<Setter>({
    receipts: bus.receipts,
    clock,
    stored: (marks) => {
      for (const mark of marks) learn(mark);
    },
  });

  const tellUnread = (user: UserId, room: RoomId, s: number): void => {
    for (const session of sessionsOf(user)) if (session.phase === 'ready') session.send({ t: 'unread', r: room, s });
  };

  userSignals.onAny('unread', (user, { r, s, v }) => {
    if (typeof r !== 'string' || typeof s !== 'number' || typeof v !== 'number') return;
    // What says nothing new of how far he is says now that he has read.
    known.delete(keyOf({ room: r as RoomId, user }));
    epoch++;
    floor = Math.max(floor, v);
    tellUnread(user, r as RoomId, s);
  });
  // Meanwhile such a signal may have been lost.
  const interruption: Following = bus.interruptions(() => {
    known.clear();
    epoch++;
  });

  const progressOf = ({ recv, read }: { recv: number; read?: number }): Progress =>
    read === undefined ? { recv, read: 0 } : { recv, read, readAt: Math.max(clock.now(), floor + 1) };

  return {
    take: async (session, come, waits) => {
      const { user } = session;
      const { room, recv, read = 0 } = come;
      if (!(await access.isMember(user, room))) throw new Failure('not_member');
      const by = { session, epoch };
      const stored = known.get(keyOf({ room, user }));
      if (stored !== undefined && stored.recv >= recv && stored.read >= read) return;
      if (!(await hasReached(room, recv))) {
        throw new Failure('invalid_cursor', { detail: 'The room has not come that far' });
      }
      if (access.membership(user, room) === undefined) throw new Failure('not_member');
      const mark = { room, user, ...higher(progressOf(come), stored ?? nothing), by };
      if (waits) await log.store(mark);
      else log.keep(mark);
    },
    waiting: log.waiting,
    stop: () => {
      interruption.stop();
      log.close();
      told.stop();
    },
  };
}

const keyOf = ({ room, user }: { readonly room: RoomId; readonly user: UserId }): string => `${room}:${user}`;
