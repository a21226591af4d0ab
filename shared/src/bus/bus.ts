import type { OpId, RoomFlags, RoomId, UserAccess, UserId } from '../schema/index.ts';
import type { Revocations } from './revocations.ts';

/**
 * What the rest of Gapless may ask of the message bus. The contract comes first; `nats-*.ts` keep it over a NATS server,
 * `memory-bus.ts` in one process for unit tests, and one test suite holds both to it.
 */
export interface Bus {
  readonly log: RoomLog;
  readonly live: LiveRooms;
  readonly access: AccessStore;
  readonly flags: FlagStore;
  readonly commands: Commands;
  readonly streams: LogStreams;
  readonly heads: HeadsChannel;
  readonly signals: Signals;
  readonly receipts: ReceiptLog;
  readonly drains: Drains;
  readonly fanOuts: FanOutTraces;
  readonly presence: PresenceReports;
  readonly notes: NotesChannel;
  readonly revocations: Revocations;
  /** Calls when live events may have been lost: behind each reconnect, and when a stream was vouched for anew. */
  interruptions(listener: () => void): Following;
  /** Why events cannot be appended now, by stream; empty when all is well. */
  obstacles(): readonly string[];
  /** Streams that take no events until MongoDB holds more of what is in them. */
  fullStreams(): readonly string[];
  /** Generation of the installation, once somebody vouched for a stream. */
  generation(): string | undefined;
  /** Resolves behind all that the bus had to tell this process when it was asked; rejects when it is away, or goes. */
  ping(): Promise<void>;
  /**
   * For how long events waited for those of others before they were sent to the log: the mean of those that were since this was
   * last asked, `undefined` for none. What the log takes is not in it.
   */
  takeMeanWait(): number | undefined;
  /** Lets what is in flight end, then disconnects. */
  close(): Promise<void>;
}

/** An event on its way into the log. `bytes` is one whole JSON object, stored and delivered as it is. */
export interface NewEvent {
  readonly room: RoomId;
  /** Appended twice within the window, an id is stored once. */
  readonly id: string;
  /** Events of one lane are stored in the order in which they were appended. */
  readonly lane: string;
  readonly bytes: Uint8Array;
  /** The outbox row that it carries out. */
  readonly op?: OpId;
}

export interface Appended {
  readonly seq: number;
  /** The id had been stored before; `seq` is the first one's, which may have been trimmed since. */
  readonly duplicate: boolean;
}

export interface LoggedEvent {
  readonly room: RoomId;
  readonly seq: number;
  /** Empty where only headers were asked for. */
  readonly bytes: Uint8Array;
  readonly id: string;
  readonly op: OpId | undefined;
  /** Of a read from any replica: how many events of the room that one has behind it. */
  readonly pending?: number;
}

export type Replica = 'any' | 'leader';

export interface RoomLog {
  /**
   * Resolves when the log has stored the event, and only with a number above every one that MongoDB holds.
   * Rejects with a `Failure`: `log_unavailable`, `log_full`, `busy` say that nothing was stored; `fate_unknown` that it may
   * have been, and that appending the same id again settles it.
   */
  append(event: NewEvent): Promise<Appended>;
  /**
   * A room's events from `from` on in ascending order, at most `limit`. From any replica it may miss the newest, since a
   * follower can be behind; the leader misses nothing, and is asked event by event.
   */
  readRoom(room: RoomId, from: number, limit: number, replica?: Replica): Promise<LoggedEvent[]>;
  /** The event of that room with that number, as the stream's leader has it; `undefined` when it is not in the log. */
  read(room: RoomId, seq: number): Promise<LoggedEvent | undefined>;
  /** How the event came into the log; `undefined` when it is not there any more. */
  trace(room: RoomId, seq: number): Promise<StoredTrace | undefined>;
  /** Newest sequence of the room, as the stream's leader has it; `undefined` when the log holds no event of it. */
  newest(room: RoomId): Promise<number | undefined>;
  /** Newest sequence of each room that has one in the log, as any replica has it: a follower may miss the newest. */
  heads(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>>;
}

export interface RoomListener {
  /** `prev` is the room's sequence before this one, 0 when the log does not hold it any more. */
  event(seq: number, prev: number, bytes: Uint8Array): void;
  signal(bytes: Uint8Array): void;
}

/** The fast path: at most once. Events may be lost, doubled or swapped; their numbers tell. */
export interface LiveRooms {
  /** Resolves when the server knows of the interest: what is stored from then on is sent here. */
  follow(room: RoomId, listener: RoomListener): Promise<Following>;
}

export interface Following {
  stop(): void;
}

export interface AccessEntry {
  readonly rooms: UserAccess;
  readonly revision: number;
}

/** Who may use which room, readable while MongoDB is away. */
export interface AccessStore {
  read(user: UserId): Promise<AccessEntry | undefined>;
  /** Compare and set: `false` when somebody else wrote since `revision` (0: there was none). */
  write(user: UserId, rooms: UserAccess, revision: number): Promise<boolean>;
}

/** Whether a room takes messages, readable while MongoDB is away; `undefined`: nothing special was ever said of it. */
export interface FlagStore {
  read(room: RoomId): Promise<RoomFlags | undefined>;
  /** Of two the newer version stays, in whatever order they are written. */
  write(room: RoomId, flags: RoomFlags): Promise<void>;
  /** Of any version: for who knows that what is there may be from a time that was taken back. `now` is asked behind a look. */
  replace(room: RoomId, now: () => Promise<RoomFlags | undefined>): Promise<void>;
}

/** Requests between services; one of those that serve a name answers. */
export interface Commands {
  /** Rejects with the `Failure` that the server answered, or `store_unavailable` when none answers in time. */
  call(name: string, payload: unknown, timeoutMs?: number): Promise<unknown>;
  /**
   * As `call`, for what changes something: `store_unavailable` says that nobody was there to do it, `fate_unknown` that it
   * was asked for and no answer came. Repeat it with the same client id.
   */
  change(name: string, payload: unknown, timeoutMs?: number): Promise<unknown>;
  serve(name: string, handler: (payload: unknown) => Promise<unknown>): Following;
}

export interface StreamState {
  /** When the stream was made: another time is another stream. */
  readonly created: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** The streams that carry the log; only the log worker changes them. */
export interface LogStreams {
  readonly names: readonly string[];
  /** As its leader has it; `undefined` when there is no such stream. */
  state(stream: string): Promise<StreamState | undefined>;
  /** Creates the stream so that its first number is `first`, or brings the settings of the one there up to date. */
  ensure(stream: string, first: number): Promise<void>;
  /** The next number will be at least `seq`. Drops what is numbered below; never goes back; may be repeated. */
  skipTo(stream: string, seq: number): Promise<void>;
  /** Drops events numbered `upTo` and below. */
  trim(stream: string, upTo: number): Promise<void>;
  /** Number of the newest event stored before that time; 0 when there is none. */
  lastBefore(stream: string, time: Date): Promise<number>;
  /** When the first event from that number on was stored; `undefined` when there is none. */
  storedAt(stream: string, seq: number): Promise<Date | undefined>;
  /** Every event from `from` on, in order, without holes, across reconnects. */
  follow(stream: string, options: { from: number; headersOnly?: boolean }): Promise<StreamFollowing>;
}

export interface StreamFollowing extends AsyncIterable<LoggedEvent>, Following {}

/** What the log worker says of a stream: heals lost tails, tells what is durable. */
export interface Heads {
  readonly stream: string;
  readonly created: string;
  /** First sequence that the stream still has. */
  readonly first?: number;
  /** Last sequence of the stream, highest one that MongoDB holds, bytes used, bytes allowed. */
  readonly last: number;
  readonly durable: number;
  readonly bytes: number;
  readonly max: number;
  /** Who announces, since its start or since rooms escaped it: a new one does not know which rooms went quiet before. */
  readonly by?: string;
  /**
   * Of what was stored so many milliseconds before, or earlier, it is said now where each room ended, here or in what was said
   * before, or a newer event of the room is in the log. Not known of an announcer that is behind the log.
   */
  readonly age?: number;
  /** Rooms that went quiet a moment ago, with their newest sequence. */
  readonly w: readonly (readonly [RoomId, number])[];
}

export interface HeadsChannel {
  publish(heads: Heads): void;
  subscribe(listener: (heads: Heads) => void): Following;
}

/** How an event came into the log. */
export interface StoredTrace {
  readonly stream: string;
  /** Clock of the server that leads the stream. */
  readonly storedAt: Date;
  /** Process that appended it, and when it did so by its own clock. */
  readonly by?: { readonly process: string; readonly at: Date };
  readonly bytes: Uint8Array;
  readonly op: OpId | undefined;
}

/** Where events went out, asked of whoever remembers: each answers for itself, at most once and for a short time. */
export interface FanOutTraces {
  /** Of those who follow the room now and answer in time. */
  ask(room: RoomId, seq: number): Promise<FanOutTrace[]>;
  serve(answer: (room: RoomId, seq: number) => FannedOut | undefined): Following;
}

export interface FannedOut {
  /** When the event went out, by this process' clock; absent: it does not remember one that old, or it did not come yet. */
  readonly at?: number;
  /** On which the room is live now. */
  readonly sockets: number;
}

export interface FanOutTrace extends FannedOut {
  readonly process: string;
}

/** An edge that sends its clients elsewhere says so a few times a second, and how many are left. At most once, in any order. */
export interface Drains {
  announce(draining: Draining): void;
  subscribe(listener: (draining: Draining) => void): Following;
  /** One edge is to drain and end. At most once: its reports tell whether it does. */
  order(order: DrainOrder): void;
  ordered(listener: (order: DrainOrder) => void): Following;
}

export interface DrainOrder {
  readonly edge: string;
}

export interface Draining {
  /** One process, from its start to its end. */
  readonly edge: string;
  readonly left: number;
}

/**
 * Edges say who is there: changes as they come, the whole of it now and then and to whoever asks. At most once, so each report
 * is numbered: a hole says that one was lost, and silence that the edge is gone.
 */
export interface PresenceReports {
  report(report: PresenceReport): void;
  subscribe(listener: (report: PresenceReport) => void): Following;
  /** Every edge is to say the whole of it soon. */
  ask(): void;
  asked(listener: () => void): Following;
  /** Nothing comes through now: silence says nothing. */
  isAway(): boolean;
}

export interface EdgeLoad {
  /** Machine and port. */
  readonly host: string;
  readonly version: string;
  /** Its start, ms since 1970. */
  readonly since: number;
  readonly state: 'serving' | 'draining';
  readonly sockets: number;
  readonly users: number;
  readonly rooms: number;
}

export interface PresenceReport {
  /** One process, from its start to its end. */
  readonly edge: string;
  /** Counts the reports of an edge. */
  readonly n: number;
  /** Users who are here: at a device, at none of them, or there for nobody. */
  readonly on?: readonly UserId[];
  readonly away?: readonly UserId[];
  readonly hidden?: readonly UserId[];
  readonly off?: readonly UserId[];
  /** Part of a whole list, which begins with `first` and ends with `last`. */
  readonly part?: 'first' | 'next' | 'last' | 'only';
  /** Once a second: what the edge carries. */
  readonly load?: EdgeLoad;
  /** The last report: nobody is here any more. */
  readonly gone?: true;
}

/** Who writes messages down tells all edges of them some moments later, several at once. At most once, lost while the bus is away. */
export interface NotesChannel {
  publish(notes: readonly WrittenNote[]): void;
  subscribe(listener: (notes: readonly WrittenNote[]) => void): Following;
}

/** Messages of one author that a room shows since the last word. */
export interface WrittenNote {
  readonly room: RoomId;
  /** Of the last of them. */
  readonly seq: number;
  readonly author: UserId;
  readonly count: number;
  readonly isWhisper: boolean;
}

/**
 * Somebody who has seen MongoDB says that a stream's next number is beyond all that MongoDB holds. Without it nothing is
 * appended: after a reconnect the store may be a restored copy.
 */
export interface Vouched {
  readonly created: string;
  /** No number up to this one will be given again. */
  readonly floor: number;
  /** Generation of the installation. */
  readonly gen: string;
}

export const vouchCommand = 'streams.vouch';
export type Vouch = (stream: string) => Promise<Vouched>;

/** What edges tell each other beside the log: at most once, in no order, lost while the bus is away. */
export interface Signals {
  /** To every edge that follows the room, this one too: `RoomListener.signal` hears it. */
  toRoom(room: RoomId, bytes: Uint8Array): void;
  toUser(user: UserId, bytes: Uint8Array): void;
  /** Hears what is said to any user. */
  toUsers(listener: (user: UserId, bytes: Uint8Array) => void): Following;
}

/** Marks of members whose rooms share a bucket, as `receipt-batch.ts` spells them. */
export interface NewReceipts {
  readonly bucket: number;
  /** Appended twice within the window, an id is stored once. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface LoggedReceipts {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/**
 * How far members have come, on its way to MongoDB. A mark only ever rises, so batches may be stored twice, read twice and
 * read in any order. The stream forgets after a day.
 */
export interface ReceiptLog {
  /** Resolves when the batch is stored; rejects with `log_unavailable` when that is not known: append it again. */
  append(batch: NewReceipts): Promise<void>;
  /** Creates the stream, or brings its settings up to date; only the log worker does. */
  ensure(): Promise<void>;
  /** As its leader has it; `undefined` when there is no such stream. */
  state(): Promise<StreamState | undefined>;
  /** Batches from `from` on in ascending order, at most `limit`; a follower may miss the newest. */
  read(from: number, limit: number): Promise<LoggedReceipts[]>;
  /** Number of the newest batch stored before that time; 0 when there is none. */
  lastBefore(time: Date): Promise<number>;
  /** Every batch from `from` on, also those to come. */
  follow(from: number): ReceiptsFollowing;
}

export interface ReceiptsFollowing extends AsyncIterable<LoggedReceipts>, Following {}
