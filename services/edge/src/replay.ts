import { frameAfter, frameOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep } from '@gapless/shared/runtime';
import { bareId, noEnd, type RoomId, type SequenceRange } from '@gapless/shared/schema';
import type { Doubts } from './doubts.ts';
import { createWasGiven, type GivenCursorsDeps } from './given-cursors.ts';
import { maskDeleted } from './masking.ts';
import type { EdgeMetrics } from './metrics.ts';
import { type Missed, type MissedEvents, upToEnd } from './missed-events.ts';
import type { RoomHub, RoomStay } from './room-hub.ts';
import type { Session } from './session.ts';
import { Turns, turnsByStream } from './turns.ts';

export interface ReplayLimits {
  /** Beyond them the client pages. */
  readonly events: number;
  readonly bytes: number;
  /** Bytes that may wait in the socket before the replay does. */
  readonly bufferedBytes: number;
}

export interface ReplayDeps extends GivenCursorsDeps {
  readonly hub: Pick<RoomHub, 'cursor' | 'deleted' | 'kept' | 'newest' | 'reach'>;
  readonly missed: MissedEvents;
  readonly doubts: Pick<Doubts, 'about' | 'settle'>;
  readonly limits: ReplayLimits;
  readonly metrics: Pick<EdgeMetrics, 'lags' | 'resumed' | 'shed'>;
  /** Makes the room live on the socket; every event up to `covered` was sent. `late`: without a word, as if always live. */
  readonly live: (session: Session, room: RoomId, stay: RoomStay, covered: number | 'late') => void;
  /** What a user may have replayed: 0, or the milliseconds until the next step. */
  readonly pace: (session: Session) => number;
}

/**
 * Sends a socket the events of a room that are above its cursor, then makes the room live in the loop turn in which nothing
 * is missing any more: no live event overtakes a replayed one. Resolves when the room is live, or not wanted any more.
 */
export type Replay = (session: Session, room: RoomId, stay: RoomStay, since: Since) => Promise<void>;

export interface Since {
  /** What the client has. */
  readonly cursor: number;
  /** What its user may see, in rising order: by default all. */
  readonly visible?: readonly SequenceRange[];
  /** What he may see of the time before is not known now: it is to be paged. */
  readonly formerUnknown?: boolean;
  /** Was live up to the cursor, and was held back for its slowness: what it lacks comes late, and no `live` is said. */
  readonly late?: boolean;
}

interface Progress {
  /** Every event up to here was sent, or the client was told to page it. */
  covered: number;
  /** The client's cursor. */
  last: number;
  events: number;
  bytes: number;
  readonly late: boolean;
}

/** As much of what was read as is sent at once. */
interface Slice {
  readonly frames: readonly Uint8Array[];
  /** What the progress is once it was sent. */
  readonly covered: number;
  readonly last: number;
}

const all: readonly SequenceRange[] = [{ after: 0, before: noEnd }];
const nothing: SequenceRange = { after: noEnd, before: noEnd };
const framesAStep = 64;
const bytesASlice = 64 * 1024;
const roomsAtOnce = 8;
const drainPace = { firstMs: 5, maxMs: 50 };
const aheadPace = { firstMs: 50, maxMs: 1_000 };
const readPace = { firstMs: 50, maxMs: 500 };
const maxFailedReads = 4;
const retryMs = 1_000;

export function createReplay(deps: ReplayDeps): Replay {
  const { hub, missed, doubts, limits, metrics, live, pace, streams } = deps;
  const wasGiven = createWasGiven(deps);
  const turns = new WeakMap<Session, Turns>();
  /** Rooms in which the client is ahead of this edge may wait for long: they take no turn of those that need not. */
  const aheadTurns = new WeakMap<Session, (room: RoomId) => Turns>();

  const turnsOf = (session: Session): Turns => {
    const own = turns.get(session) ?? new Turns(roomsAtOnce);
    turns.set(session, own);
    return own;
  };

  const aheadTurnsOf = (session: Session, room: RoomId): Turns => {
    const own = aheadTurns.get(session) ?? turnsByStream(roomsAtOnce, streams);
    aheadTurns.set(session, own);
    return own(room);
  };

  const lag = (session: Session, room: RoomId, progress: Progress, to: number, retry?: number): void => {
    metrics.lags.inc();
    if (progress.late) metrics.shed.inc({ what: 'range' });
    // From the last that the client has on: the range is a link of the chain, as an event is by its `p`.
    const range = { t: 'lag', r: bareId(room), from: progress.last + 1, to } as const;
    session.send(retry === undefined ? range : { ...range, retry });
    progress.covered = to;
    progress.last = to;
  };

  const send = (session: Session, frames: readonly Uint8Array[], progress: Progress): void => {
    session.sendAll(frames);
    if (progress.late) metrics.shed.inc({ what: 'event' }, frames.length);
    progress.events += frames.length;
    for (const frame of frames) progress.bytes += frame.byteLength;
  };

  /** `false` when the ring does not reach down to where the client is. */
  const sendKept = (session: Session, room: RoomId, progress: Progress): boolean => {
    const kept = hub.kept(room, progress.covered, framesAStep);
    if (kept === undefined) return false;
    const [first, ...others] = kept.frames;
    if (first !== undefined) {
      send(session, [frameAfter(progress.last, first), ...others], progress);
      metrics.resumed.inc({ from: 'ring' }, kept.frames.length);
      progress.last = kept.last;
    }
    progress.covered = kept.whole ? hub.cursor(room) : kept.last;
    return true;
  };

  /** Not what this edge has still to send to everybody: it comes live, and replayed as well it would come twice. */
  const readMissed = async (room: RoomId, { covered }: Progress, end: number): Promise<Missed> => {
    for (let failures = 0; ; ) {
      try {
        const newest = hub.newest(room);
        if (end < hub.cursor(room)) return await missed.readStretch(room, covered, { end, newest });
        return upToEnd(await missed.read(room, covered, hub.cursor(room), newest), hub.cursor(room));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (++failures >= maxFailedReads) return { events: [], upTo: hub.cursor(room), unread: true };
        await sleep(backoffMs(failures, readPace));
      }
    }
  };

  const sendSlice = (session: Session, { frames, covered, last }: Slice, progress: Progress): void => {
    send(session, frames, progress);
    metrics.resumed.inc({ from: 'log' }, frames.length);
    progress.covered = covered;
    progress.last = last;
  };

  /**
   * In slices: one read may be more than may wait in a socket, or than is left of the limit. Returns the first one that the
   * socket does not take. What is behind it is read again: megabytes must not wait for as long as a client likes.
   */
  const sendMissed = async (
    session: Session,
    room: RoomId,
    progress: Progress,
    end: number,
    wanted: () => boolean,
  ): Promise<Slice | undefined> => {
    const read = await readMissed(room, progress, end);
    const deleted = hub.deleted(room);
    const found = deleted === undefined ? read : { ...read, events: maskDeleted(read.events, deleted) };
    if (!wanted()) return undefined;
    if (found.unread) {
      lag(session, room, progress, found.upTo, retryMs);
      return undefined;
    }
    do {
      const slice = nextSlice(found, progress);
      if (isFull(session, limits)) return slice;
      sendSlice(session, slice, progress);
    } while (progress.covered < found.upTo && !spent(progress, limits));
    return undefined;
  };

  /** `false` when the log cannot be asked in time. */
  const settled = async (room: RoomId): Promise<boolean> => {
    try {
      await doubts.settle(room);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return false;
    }
  };

  /** Sends some of what is missing up to `end`, which is seen whole. */
  const step = async (
    session: Session,
    room: RoomId,
    progress: Progress,
    end: number,
    wanted: () => boolean,
  ): Promise<void> => {
    if (spent(progress, limits)) return lag(session, room, progress, hub.cursor(room));
    if (doubts.about(room) && !(await settled(room))) {
      if (wanted()) lag(session, room, progress, hub.cursor(room), retryMs);
      return;
    }
    if (!wanted() || (end === noEnd && sendKept(session, room, progress))) return;
    const waiting = await sendMissed(session, room, progress, end, wanted);
    if (waiting === undefined) return;
    await drained(session, limits);
    if (wanted()) sendSlice(session, waiting, progress);
  };

  /** Each step waits for the socket, and for the turn of its user: who asks for ever gets no more than his share. */
  const mayGoOn = async (session: Session, wanted: () => boolean): Promise<void> => {
    await drained(session, limits);
    for (let waitMs = pace(session); waitMs > 0 && wanted(); waitMs = pace(session)) await sleep(waitMs);
  };

  /**
   * What the client has must not come live a second time: it waits until this edge has come as far, however long the log is
   * away. `false` when Gapless gave no such cursor.
   */
  const reached = async (session: Session, room: RoomId, cursor: number, wanted: () => boolean): Promise<boolean> => {
    if (cursor > hub.cursor(room)) await mayGoOn(session, wanted);
    for (let looks = 0; wanted() && cursor > hub.cursor(room); looks++) {
      if (!(await wasGiven(room, cursor))) return false;
      if (cursor > hub.cursor(room)) await sleep(backoffMs(looks, aheadPace));
    }
    return true;
  };

  const run = async (
    session: Session,
    room: RoomId,
    stay: RoomStay,
    { cursor, visible = all, formerUnknown = false, late = false }: Since,
    wanted: () => boolean,
  ): Promise<void> => {
    if (!wanted()) return;
    const progress: Progress = { covered: cursor, last: cursor, events: 0, bytes: 0, late };
    while (wanted()) {
      const next = visible.find(({ before }) => before > progress.covered + 1) ?? nothing;
      const hidden = Math.min(next.after, hub.cursor(room));
      if (formerUnknown && hidden > progress.covered) lag(session, room, progress, hidden);
      progress.covered = Math.max(progress.covered, hidden);
      if (progress.covered >= hub.cursor(room)) return live(session, room, stay, late ? 'late' : progress.covered);
      if (isFull(session, limits) || pace(session) > 0) await mayGoOn(session, wanted);
      const end = next.before === noEnd ? noEnd : next.before - 1;
      if (wanted()) await step(session, room, progress, end, wanted);
    }
  };

  return async (session, room, stay, since) => {
    // What was asked for before gives way.
    const asked = ++stay.asked;
    const wanted = (): boolean =>
      session.phase !== 'closed' && session.rooms.get(room) === stay && stay.asked === asked;
    const { cursor } = since;
    const isGiven =
      cursor <= hub.cursor(room) ||
      (await aheadTurnsOf(session, room).run(() => reached(session, room, cursor, wanted)));
    if (isGiven) return turnsOf(session).run(() => run(session, room, stay, since, wanted));
    if (!wanted()) return;
    session.refuse({ code: 'bad_cursor', msg: 'No event of the room has that number yet', room: bareId(room) });
    live(session, room, stay, 0);
  };
}

const spent = ({ events, bytes }: Progress, limits: ReplayLimits): boolean =>
  events >= limits.events || bytes >= limits.bytes;

function nextSlice({ events, upTo }: Missed, { covered, last }: Progress): Slice {
  const frames: Uint8Array[] = [];
  let [bytes, sent] = [0, last];
  for (const event of events) {
    if (event.seq <= covered) continue;
    if (bytes >= bytesASlice) return { frames, covered: sent, last: sent };
    const frame = frameOf(event.seq, sent, event.bytes);
    frames.push(frame);
    bytes += frame.byteLength;
    sent = event.seq;
  }
  return { frames, covered: Math.max(covered, sent, upTo), last: sent };
}

const isFull = ({ socket }: Session, { bufferedBytes }: ReplayLimits): boolean =>
  socket.bufferedAmount() > bufferedBytes;

/** A socket that never drains is closed by the watchdog, or for its silence; from then on nothing waits in it. */
async function drained(session: Session, limits: ReplayLimits): Promise<void> {
  for (let looks = 0; isFull(session, limits); looks++) {
    await sleep(backoffMs(looks, drainPace));
  }
}
