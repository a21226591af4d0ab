import type { FannedOut, Replica } from '@gapless/shared/bus';
import { isInbox, type RoomId } from '@gapless/shared/schema';
import { FollowedRoom, type FollowedRoomDeps } from './followed-room.ts';
import type { RingPart } from './room-ring.ts';

/** A socket's place in a room. */
export interface RoomStay {
  /** In the one string that all stays of the room share. */
  readonly room: RoomId;
  /** Resolves once the edge hears the room; rejects with a `Failure` when the bus is away. */
  readonly followed: Promise<void>;
  /** Set when the socket was told that the room is live; the next three are `room-topics.ts`'. */
  live: boolean;
  /** The socket is too slow: live events above this number are held back. */
  heldAt: number | undefined;
  /** Its signals are shed. */
  muted: boolean;
  /** Counts what the client asked for: an older replay gives way to a newer one. */
  asked: number;
  /** How many asked to follow the room and did not take it back. */
  wanted: number;
  leave(): void;
}

export interface RoomHub {
  enter(room: RoomId): RoomStay;
  /** Whether changes of the room reach this edge by themselves. */
  follows(room: RoomId): boolean;
  /** Every event of the room up to here went out, or was there before it was followed. */
  cursor(room: RoomId): number;
  /** Highest number that is known of: above the cursor, what did not go out yet is being filled in. */
  told(room: RoomId): number;
  /** Sequence of its newest event, 0 when none is known. */
  newest(room: RoomId): number;
  /** The frames above `seq`, at most `limit`, as they went out; `undefined` when not all of them are kept. */
  kept(room: RoomId, seq: number, limit: number): RingPart | undefined;
  /** When that event went out here, where it is still known; `undefined` for a room that is not followed. */
  trace(room: RoomId, seq: number): FannedOut | undefined;
  /** Takes out of what is kept what was written in a message that is deleted now. */
  mask(room: RoomId, message: number): void;
  /** Messages of the room of which that was said lately. */
  deleted(room: RoomId): ReadonlySet<number> | undefined;
  /** Somebody says that the room has come to this number: what did not come live is filled in. */
  reach(room: RoomId, seq: number): void;
  /** The log says, asked at that time by the steady clock, that the room has come to this number (0: it holds none). */
  compared(room: RoomId, seq: number, askedAt: number, replica: Replica): void;
  /** When the log, or its leader, was last asked so. */
  comparedAt(room: RoomId, replica: Replica): number;
  /** The rooms whose events go out here. */
  followed(): RoomId[];
  /** How many, inboxes aside. */
  readonly rooms: number;
  /** Events that wait for their predecessors. */
  readonly held: number;
  close(): void;
}

export interface RoomHubDeps extends Omit<FollowedRoomDeps, 'ended'> {
  /** Changes of the room do not reach this edge any more. */
  readonly unfollowed: (room: RoomId) => void;
}

/**
 * One bus subscription a room, however many sockets are in it, kept a while after the last one left: who reconnects finds
 * it. A room that could not be followed is forgotten, so that the next one who enters asks anew.
 */
export function createRoomHub(deps: RoomHubDeps): RoomHub {
  const rooms = new Map<RoomId, FollowedRoom>();

  const parts: FollowedRoomDeps = {
    ...deps,
    ended: (room) => {
      if (rooms.get(room.id) !== room) return;
      rooms.delete(room.id);
      deps.unfollowed(room.id);
    },
  };

  const open = (id: RoomId): FollowedRoom => {
    const room = new FollowedRoom(id, parts);
    rooms.set(id, room);
    return room;
  };

  return {
    enter: (id) => new Stay(rooms.get(id) ?? open(id)),
    follows: (id) => rooms.get(id)?.heard ?? false,
    cursor: (id) => rooms.get(id)?.cursor ?? 0,
    told: (id) => rooms.get(id)?.told ?? 0,
    newest: (id) => rooms.get(id)?.newest ?? 0,
    kept: (id, seq, limit) => rooms.get(id)?.kept(seq, limit),
    trace: (id, seq) => {
      const room = rooms.get(id);
      const at = room?.timeOf(seq);
      return room === undefined ? undefined : { sockets: room.sockets, ...(at === undefined ? {} : { at }) };
    },
    mask: (id, message) => rooms.get(id)?.mask(message),
    deleted: (id) => rooms.get(id)?.deleted,
    reach: (id, seq) => rooms.get(id)?.reach(seq),
    compared: (id, seq, askedAt, replica) => rooms.get(id)?.compared(seq, askedAt, replica),
    comparedAt: (id, replica) => rooms.get(id)?.comparedAt(replica) ?? -Infinity,
    followed: () => [...rooms].flatMap(([id, room]) => (room.heard ? [id] : [])),
    get rooms() {
      let count = 0;
      for (const id of rooms.keys()) if (!isInbox(id)) count++;
      return count;
    },
    get held() {
      let count = 0;
      for (const room of rooms.values()) count += room.held;
      return count;
    },
    close: () => {
      for (const room of [...rooms.values()]) room.end();
    },
  };
}

/** A class: there are several for each socket, and a closure each would double what they take. */
class Stay implements RoomStay {
  live = false;
  heldAt: number | undefined;
  muted = false;
  asked = 0;
  wanted = 0;
  readonly #room: FollowedRoom;
  #inside = true;

  constructor(room: FollowedRoom) {
    this.#room = room;
    room.enter();
  }

  get room(): RoomId {
    return this.#room.id;
  }

  get followed(): Promise<void> {
    return this.#room.followed;
  }

  /** Once, however often it is asked to. */
  leave(): void {
    if (this.#inside) this.#room.leave();
    this.#inside = false;
  }
}
