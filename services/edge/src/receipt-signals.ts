import { higher, type Mark, type Signals } from '@gapless/shared/bus';
import { encodeFrame, type ServerFrameOf } from '@gapless/shared/protocol';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Crowds } from './crowds.ts';
import type { NewMark } from './mark-log.ts';
import type { Session } from './session.ts';
import type { UserSignals } from './user-signals.ts';

/** Tells members and a user's other devices of marks, several at once and the newest only. */
export interface ReceiptSignals {
  /** `readOn`: he has read on, and not only received. */
  tell(mark: NewMark<Session>, readOn: boolean): void;
  stop(): void;
}

export interface ReceiptSignalsDeps {
  readonly signals: Pick<Signals, 'toRoom'>;
  readonly userSignals: Pick<UserSignals, 'tell' | 'on'>;
  readonly crowds: Crowds;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  /** Hears of users who have read on, on whatever device. */
  readonly readOn: (user: UserId, room: RoomId, seq: number) => void;
}

/** Of one room this edge says something at most that often. */
const tickMs = 300;
/** More members of one room wait for the next tick. */
const membersPerSignal = 100;

export function createReceiptSignals(deps: ReceiptSignalsDeps): ReceiptSignals {
  const { signals, userSignals, crowds, sessionsOf } = deps;
  const rooms = new Map<RoomId, Map<UserId, Mark>>();
  const readers = new Map<string, NewMark<Session>>();
  let timer: NodeJS.Timeout | undefined;

  const tellRoom = (room: RoomId, marks: Map<UserId, Mark>): void => {
    const crowd = crowds.isCrowd(room);
    if (crowd === undefined) return;
    const told = crowd ? [] : [...marks.values()].slice(0, membersPerSignal);
    const w = told.map(({ user, recv, read }) => [user, recv, read] as const);
    if (w.length > 0) signals.toRoom(room, Buffer.from(encodeFrame({ t: 'rcpt', r: room, w })));
    for (const { user } of told) marks.delete(user);
    if (crowd || marks.size === 0) rooms.delete(room);
  };

  const tellReader = ({ room: r, user, read: s, by }: NewMark<Session>): void => {
    const frame: ServerFrameOf<'readelse'> = { t: 'readelse', r, s };
    deps.readOn(user, r, s);
    for (const session of sessionsOf(user)) if (session !== by && session.phase === 'ready') session.send(frame);
    userSignals.tell(user, frame);
  };

  const tick = (): void => {
    timer = undefined;
    for (const [room, marks] of rooms) tellRoom(room, marks);
    for (const mark of readers.values()) tellReader(mark);
    readers.clear();
    if (rooms.size > 0) schedule();
  };

  const schedule = (): void => {
    timer ??= setTimeout(tick, tickMs).unref();
  };

  userSignals.on('readelse', (user, { r, s }) => {
    if (typeof r !== 'string' || typeof s !== 'number') return;
    deps.readOn(user, r as RoomId, s);
    for (const session of sessionsOf(user)) {
      if (session.phase === 'ready') session.send({ t: 'readelse', r: r as RoomId, s });
    }
  });

  return {
    tell: (mark, readOn) => {
      const marks = rooms.get(mark.room) ?? new Map<UserId, Mark>();
      const before = marks.get(mark.user);
      rooms.set(mark.room, marks.set(mark.user, before === undefined ? mark : { ...mark, ...higher(mark, before) }));
      if (readOn) readers.set(`${mark.room}:${mark.user}`, mark);
      schedule();
    },
    stop: () => clearTimeout(timer),
  };
}
