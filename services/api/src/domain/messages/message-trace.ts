import { Failure } from '@gapless/shared/errors';
import type { ClientId, RoomId, UserId } from '@gapless/shared/schema';
import type { CurrentMessages } from './current-messages.ts';
import type { FindMessage } from './find-message.ts';

/** What of an event is the same wherever it is read; never what it says. */
export interface EventFacts {
  readonly user: UserId;
  readonly clientId?: ClientId;
  readonly kind: string;
  /** When it was taken in, by the clock of who did. */
  readonly at: Date;
}

/** How an event came into the log. */
export interface LoggedFacts {
  /** Absent: nobody can read it. */
  readonly event?: EventFacts;
  readonly stream: string;
  readonly storedAt: Date;
  readonly by?: { readonly process: string };
}

export interface WrittenFacts extends EventFacts {
  readonly writtenAt?: Date;
  readonly duplicateOf?: number;
}

/** An event that could not be written to the store. */
export interface SetAside {
  readonly reason: string;
  /** For an operator; otherwise it was given up. */
  readonly waits: boolean;
}

export interface FannedOut {
  readonly process: string;
  readonly at?: number;
  readonly sockets: number;
}

/** What the store knows of an event's way. */
export interface TraceStore {
  event(room: RoomId, seq: number): Promise<WrittenFacts | undefined>;
  deadLetter(room: RoomId, stream: string, seq: number): Promise<SetAside | undefined>;
  /** Members whose marks are at that number or above, as written. */
  marks(room: RoomId, seq: number): Promise<{ readonly received: number; readonly read: number }>;
  watermark(stream: string): Promise<number>;
}

export interface MessageTraceDeps {
  readonly store: TraceStore;
  readonly logged: (room: RoomId, seq: number) => Promise<LoggedFacts | undefined>;
  readonly fanOuts: (room: RoomId, seq: number) => Promise<readonly FannedOut[]>;
  readonly current: CurrentMessages;
  readonly find: FindMessage;
  readonly streamOf: (room: RoomId) => string;
}

export interface Trace {
  readonly room: RoomId;
  readonly seq: number;
  /** Absent: nobody can read the event. */
  readonly facts: EventFacts | undefined;
  readonly stream: string;
  /** `away`: nobody can say; `undefined`: it is not in the log any more. */
  readonly logged: LoggedFacts | 'away' | undefined;
  readonly fannedOut: readonly FannedOut[] | 'away';
  readonly written: WrittenFacts | undefined;
  readonly deadLetter: SetAside | undefined;
  readonly watermark: number;
  readonly marks: { readonly received: number; readonly read: number };
  readonly superseded: { readonly edited?: number; readonly deleted?: true; readonly duplicateOf?: number };
}

/** Follows one event from who took it in to who has read it, by asking whoever may know. */
export interface MessageTrace {
  of(room: RoomId, seq: number): Promise<Trace>;
  ofSent(room: RoomId, user: UserId, clientId: ClientId): Promise<Trace>;
}

const none = () => new Failure('not_found', { detail: 'Neither the log nor MongoDB has such an event' });

export function createMessageTrace(deps: MessageTraceDeps): MessageTrace {
  const { store, logged, fanOuts, current, find, streamOf } = deps;

  async function of(room: RoomId, seq: number): Promise<Trace> {
    const stream = streamOf(room);
    const fannedOut = orAway(fanOuts(room, seq));
    // The log first: what leaves it meanwhile is in the store by the time that is read.
    const inLog = await orAway(logged(room, seq));
    const [written, watermark] = await Promise.all([store.event(room, seq), store.watermark(stream)]);
    const deadLetter = written === undefined ? await store.deadLetter(room, stream, seq) : undefined;
    const isKnown = written !== undefined || deadLetter !== undefined;
    if (!isKnown && inLog === 'away') throw new Failure('log_unavailable', { retryMs: 1_000 });
    if (!isKnown && inLog === undefined) throw none();
    const marks = await store.marks(room, seq);
    const superseded = await supersededBy(room, seq, written);
    return {
      room,
      seq,
      facts: written ?? (inLog === 'away' ? undefined : inLog?.event),
      stream,
      logged: inLog,
      fannedOut: await fannedOut,
      written,
      deadLetter,
      watermark,
      marks,
      superseded,
    };
  }

  async function supersededBy(room: RoomId, seq: number, written: WrittenFacts | undefined) {
    const found = await orAway(current(room, [seq]));
    const now = found === 'away' ? undefined : found[0];
    const duplicateOf = written?.duplicateOf;
    return {
      ...(now?.edited === undefined || now.deleted ? {} : { edited: now.version }),
      ...(now?.deleted ? { deleted: true as const } : {}),
      ...(duplicateOf === undefined ? {} : { duplicateOf }),
    };
  }

  return {
    of,
    ofSent: async (room, user, clientId) => {
      const found = await find({ room, user, kind: 'msg', clientId });
      if (found === undefined) throw none();
      return of(room, found.seq);
    },
  };
}

/** One stage that cannot be told now says so, and the others are told. */
async function orAway<T>(asked: Promise<T>): Promise<T | 'away'> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure) return 'away';
    throw error;
  }
}
