import type { ServerFrameOf } from '../protocol/index.ts';
import type { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import { type Cancel, type Clock, jitteredMs } from './clock.ts';
import { toInboxEvent } from './inbox-event.ts';
import type { Join } from './joiner.ts';
import { toRoomEvent } from './room-event.ts';
import type { EventFrame } from './server-frame.ts';

/** How far the application was told of each room, of which installation: where another client may go on. */
export interface Position {
  readonly gen: string;
  readonly rooms: Readonly<Record<string, number>>;
  /** Of my inbox; absent: of another time, when there was none. */
  readonly inbox?: number;
}

/**
 * Hands on each room's events once and in order, and never past a hole: what names a predecessor that did not come is let go,
 * and the room is replayed from its cursor, by the server, until nothing is missing.
 */
export interface RoomFeeds {
  /** A session stands; these rooms are replayed from their cursors. */
  started(session: Started, resumed: ReadonlySet<string>): void;
  lost(): void;
  event(frame: EventFrame): void;
  live(room: string, seq: number): void;
  lag(frame: ServerFrameOf<'lag'>): void;
  /** The server does not know the room's cursor. */
  voided(room: string): void;
  /** Makes a room live from its cursor, trying until it is, or is not mine. */
  bring(room: string): void;
  /** The room is not mine, or there is none. */
  removed(room: string): void;
  forget(room: string): void;
  cursors(): [room: string, seq: number][];
  /** Of my inbox. */
  inbox(): number | undefined;
  position(): Position | undefined;
}

export interface Started {
  readonly gen: string;
  /** My inbox is a room that bears my id. */
  readonly user: string;
  /** Where it is; absent: the server knows of none. */
  readonly inbox: number | undefined;
}

export interface RoomFeedsDeps {
  readonly join: Join;
  readonly wants: (room: string) => boolean;
  /** The room is not mine: not to be asked for again. */
  readonly unwanted: (room: string) => void;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly random: () => number;
  readonly from: Position | undefined;
}

interface Feed {
  readonly room: string;
  cursor: number | undefined;
  /** Its replay was asked for in the greeting: `live` says that it is complete. */
  resuming: boolean;
  repair: Repair | undefined;
  /** Repairs in a row that brought nothing. */
  stalls: number;
}

/** One `join` from the cursor, from its first pause to its answer. */
interface Repair {
  cancel: Cancel;
  /** Where the server said that the room is live. */
  live: number | undefined;
  /** The server said that it does not send all. */
  lag: ServerFrameOf<'lag'> | undefined;
  /** The highest number that came and was let go: it must come again. */
  owed: number;
}

const stallsSince = ({ cursor = 0, stalls }: Feed, since = 0): number => (cursor > since ? 0 : stalls + 1);
const pace = { firstMs: 250, maxMs: 30_000 };

export function createRoomFeeds({ join, wants, unwanted, emit, clock, random, from }: RoomFeedsDeps): RoomFeeds {
  const feeds = new Map<string, Feed>();
  let known = from?.gen;
  let me: string | undefined;
  /** Before it is known whose it is. */
  let inboxCursor = from?.inbox;

  const feedOf = (room: string, cursor?: number): Feed => {
    const feed = feeds.get(room) ?? { room, cursor, resuming: false, repair: undefined, stalls: 0 };
    feeds.set(room, feed);
    return feed;
  };
  for (const [room, seq] of Object.entries(from?.rooms ?? {})) feedOf(room, seq);

  const stop = (feed: Feed): void => {
    feed.repair?.cancel();
    feed.repair = undefined;
    feed.resuming = false;
  };
  const forget = (room: string): void => {
    const feed = feeds.get(room);
    if (feed === undefined) return;
    stop(feed);
    feeds.delete(room);
  };
  const removed = (room: string): void => {
    forget(room);
    unwanted(room);
    emit({ type: 'removed', room });
  };
  const isLive = (feed: Feed, seq: number): void => {
    feed.cursor = Math.max(seq, feed.cursor ?? 0);
    feed.resuming = false;
    feed.stalls = 0;
    emit({ type: 'live', room: feed.room, seq: feed.cursor });
  };

  const repair = (feed: Feed, pauseMs: number, owed: number): void => {
    const begun: Repair = { cancel: () => undefined, live: undefined, lag: undefined, owed };
    const ask = (): void => {
      const since = feed.cursor;
      // What a replay of before said of its end says nothing of this one's.
      begun.live = undefined;
      join(feed.room, since).then(
        () => feed.repair === begun && joined(feed, begun, since),
        (error: ChatError) => feed.repair === begun && failed(feed, begun, since, error),
      );
    };
    feed.resuming = false;
    feed.repair = begun;
    if (pauseMs === 0) ask();
    else begun.cancel = clock.after(pauseMs, ask);
  };
  /** `ok` comes when the replay is complete or was cut short, `live` before it. */
  const joined = (feed: Feed, { live, lag, owed }: Repair, since: number | undefined): void => {
    feed.repair = undefined;
    const missing = owed > (feed.cursor ?? 0);
    const behind = lag !== undefined && lag.to > (feed.cursor ?? 0);
    if (!behind && !missing) return isLive(feed, live ?? 0);
    feed.stalls = stallsSince(feed, since);
    repair(feed, pauseMs(feed.stalls, lag?.retry), missing ? owed : 0);
  };
  const failed = (feed: Feed, { owed }: Repair, since: number | undefined, error: ChatError): void => {
    if (error.code === 'not_member' || error.code === 'not_found') return removed(feed.room);
    feed.stalls = stallsSince(feed, since);
    // A long replay may outlast the deadline of its request: it goes on where it is.
    if (feed.stalls > 0) emit({ type: 'error', error });
    repair(feed, pauseMs(feed.stalls, error.retryMs), owed);
  };
  const cursors = (): [room: string, seq: number][] =>
    [...feeds.values()].flatMap(({ room, cursor }) => (cursor === undefined || room === me ? [] : [[room, cursor]]));
  const inbox = (): number | undefined => (me === undefined ? inboxCursor : feeds.get(me)?.cursor);
  /** Without a cursor of mine it is live from where it is. */
  const inboxStarted = ({ user, inbox: at }: Started): void => {
    const cursor = inbox();
    me = user;
    if (at === undefined) return;
    const feed = feedOf(user);
    feed.resuming = cursor !== undefined;
    feed.cursor = cursor ?? at;
  };
  const hears = (room: string): boolean => room === me || wants(room);
  const pauseMs = (stalls: number, retryMs = 0): number =>
    Math.max(Math.ceil(retryMs * (1 + random() / 2)), stalls === 0 ? 0 : jitteredMs(stalls, pace, random));

  return {
    started(session, resumed) {
      const { gen } = session;
      if (known !== undefined && gen !== known) {
        for (const room of [...feeds.keys()]) forget(room);
        inboxCursor = undefined;
        emit({ type: 'reset', room: undefined });
      }
      known = gen;
      for (const room of resumed) {
        const feed = feeds.get(room);
        if (feed !== undefined) feed.resuming = true;
      }
      inboxStarted(session);
    },
    lost() {
      for (const feed of feeds.values()) stop(feed);
    },
    event(frame) {
      if (!hears(frame.r)) return;
      const feed = feedOf(frame.r);
      if (feed.cursor !== undefined && frame.s <= feed.cursor) return;
      if (feed.cursor !== undefined && frame.p > feed.cursor) {
        if (feed.repair === undefined) repair(feed, 0, frame.s);
        else feed.repair.owed = Math.max(feed.repair.owed, frame.s);
        return;
      }
      feed.cursor = frame.s;
      const told = frame.r === me ? toInboxEvent(frame) : undefined;
      emit(told ?? toRoomEvent(frame));
    },
    live(room, seq) {
      if (!hears(room)) return;
      const feed = feedOf(room);
      if (feed.repair !== undefined) feed.repair.live = seq;
      else if (feed.resuming || feed.cursor === undefined || seq <= feed.cursor) isLive(feed, seq);
      else repair(feed, 0, 0);
    },
    lag(frame) {
      const feed = feeds.get(frame.r);
      if (feed?.cursor === undefined || frame.to <= feed.cursor) return;
      emit({ type: 'lag', room: frame.r, from: frame.from, to: frame.to, retryMs: frame.retry });
      if (feed.repair !== undefined) feed.repair.lag = frame;
      else repair(feed, pauseMs(0, frame.retry), 0);
    },
    voided(room) {
      const feed = feeds.get(room);
      if (feed === undefined) return;
      feed.cursor = undefined;
      if (feed.repair !== undefined) feed.repair.owed = 0;
      emit({ type: 'reset', room });
    },
    bring: (room) => {
      const feed = feedOf(room);
      if (feed.repair === undefined) repair(feed, 0, 0);
    },
    removed,
    forget,
    cursors,
    inbox,
    position: () => {
      const mine = inbox();
      if (known === undefined) return undefined;
      return { gen: known, rooms: Object.fromEntries(cursors()), ...(mine === undefined ? {} : { inbox: mine }) };
    },
  };
}
