import type { FlagStore } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomChangedEvent, RoomFlags, RoomId } from '@gapless/shared/schema';

/** What was said of rooms, as far as somebody here writes in them. */
export interface RoomFlagsCache {
  /** `undefined` when the answer is known; else resolves when it is. Rejects with `log_unavailable` when it cannot be had. */
  ready(room: RoomId): Promise<unknown> | undefined;
  /** What is known now, `undefined` for nothing special. Throws `log_unavailable` where nothing is known. */
  known(room: RoomId): RoomFlags | undefined;
  /** A change that went through the room's log. */
  apply(event: RoomChangedEvent): void;
  /** Changes of the room may have been missed, or are heard no more. */
  forget(room: RoomId): void;
}

export interface RoomFlagsDeps {
  readonly flags: Pick<FlagStore, 'read'>;
  /** Whether this edge hears a room's changes. */
  readonly follows: (room: RoomId) => boolean;
  readonly clock: Clock;
}

interface Known {
  readonly flags: RoomFlags | undefined;
  readonly readAt: number;
  /** The room was heard when the read began: what changed since came by its log. */
  readonly heard: boolean;
}

/** A change takes effect within this time in rooms that this edge does not hear. */
const unheardMaxAgeMs = 1_000;
/** A change that the bus lost takes effect within this time where somebody writes. */
const heardMaxAgeMs = 30_000;
/** Rooms that nobody here hears, written in from here now and then; those that are heard come back when they are asked about. */
const maxRooms = 50_000;

export function createRoomFlags({ flags, follows, clock }: RoomFlagsDeps): RoomFlagsCache {
  const rooms = new Map<RoomId, Known>();
  const reading = new Map<RoomId, Promise<void>>();
  /** Rooms of which a change came amid the read. */
  const changed = new Set<RoomId>();

  const keep = (room: RoomId, known: Known): void => {
    rooms.delete(room);
    rooms.set(room, known);
    for (const oldest of rooms.keys()) {
      if (rooms.size <= maxRooms) break;
      rooms.delete(oldest);
    }
  };

  /** The bucket is written before the log: a read that began behind an event holds it. */
  const readOnce = async (room: RoomId): Promise<void> => {
    do {
      changed.delete(room);
      const begun = { readAt: clock.now(), heard: follows(room) };
      const found = await flags.read(room);
      if (!changed.has(room)) keep(room, { flags: found, ...begun });
    } while (changed.has(room));
  };

  const read = (room: RoomId): Promise<void> => {
    const underWay = reading.get(room);
    if (underWay !== undefined) return underWay;
    const mine = readOnce(room).finally(() => {
      reading.delete(room);
      changed.delete(room);
    });
    reading.set(room, mine);
    return mine;
  };

  /** When it fails, what is known still holds, and is asked about again. */
  const readInBackground = (room: RoomId): void => {
    read(room).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  };

  return {
    ready: (room) => {
      const known = rooms.get(room);
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.readAt;
      const holds = known?.heard === true && follows(room);
      if (!holds && ageMs > unheardMaxAgeMs) return read(room);
      if (ageMs > heardMaxAgeMs) readInBackground(room);
      return undefined;
    },
    known: (room) => {
      const known = rooms.get(room);
      if (known === undefined) throw new Failure('log_unavailable', { retryMs: 500 });
      return known.flags;
    },
    apply: (event) => {
      const { r: room, ver } = event;
      if (ver === undefined) return;
      if (reading.has(room)) changed.add(room);
      const known = rooms.get(room);
      if (known !== undefined && (known.flags?.ver ?? 0) < ver)
        rooms.set(room, { ...known, flags: flagsBehind(known.flags, event, ver) });
    },
    forget: (room) => {
      if (reading.has(room)) changed.add(room);
      rooms.delete(room);
    },
  };
}

/** With the event come those flags that changed; 0 takes one back. */
function flagsBehind(before: RoomFlags | undefined, event: RoomChangedEvent, ver: number): RoomFlags {
  const { frozen = before?.frozen, archived = before?.archived, slow = before?.slow, gone = before?.gone } = event;
  return {
    ver,
    ...(frozen === 1 ? { frozen } : {}),
    ...(archived === 1 ? { archived } : {}),
    ...(slow === undefined || slow === 0 ? {} : { slow }),
    ...(gone === 1 ? { gone } : {}),
  };
}
