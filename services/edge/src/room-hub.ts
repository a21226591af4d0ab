import type { RoomId } from '@gapless/shared/schema';
import { FollowedRoom, type FollowedRoomDeps } from './followed-room.ts';

/** A socket's place in a room. */
export interface RoomStay {
  /** Resolves once the edge hears the room; rejects with a `Failure` when the bus is away. */
  readonly followed: Promise<void>;
  /** Set when the socket was told that the room is live. */
  live: boolean;
  leave(): void;
}

export interface RoomHub {
  enter(room: RoomId): RoomStay;
  /** Whether changes of the room reach this edge by themselves. */
  follows(room: RoomId): boolean;
  /** Sequence of the newest event that went out here; 0 before the first. */
  cursor(room: RoomId): number;
  readonly rooms: number;
  close(): void;
}

/**
 * One bus subscription a room, however many sockets are in it, kept a while after the last one left: who reconnects finds
 * it. A room that could not be followed is forgotten, so that the next one who enters asks anew.
 */
export function createRoomHub(deps: FollowedRoomDeps): RoomHub {
  const rooms = new Map<RoomId, FollowedRoom>();

  const open = (id: RoomId): FollowedRoom => {
    const room = new FollowedRoom(id, deps, () => {
      if (rooms.get(id) === room) rooms.delete(id);
    });
    rooms.set(id, room);
    return room;
  };

  return {
    enter: (id) => stayIn(rooms.get(id) ?? open(id)),
    follows: (id) => rooms.get(id)?.heard ?? false,
    cursor: (id) => rooms.get(id)?.cursor ?? 0,
    get rooms() {
      return rooms.size;
    },
    close: () => {
      for (const room of rooms.values()) room.end();
    },
  };
}

/** Left once, however often it is asked to. */
function stayIn(room: FollowedRoom): RoomStay {
  let inside = true;
  room.enter();
  return {
    followed: room.followed,
    live: false,
    leave: () => {
      if (inside) room.leave();
      inside = false;
    },
  };
}
