import type { RoomId, UserId } from '@gapless/shared/schema';
import type { ReadCursor } from './read-cursors.ts';

/** Users of this edge who asked for notes, found by the rooms that they may be in, and how far they are known to have read. */
export interface NoteAudience {
  /** One of his sockets asked. Who is in and has come that far is known from `hello`. */
  enter(user: UserId, rooms: Iterable<RoomId>, read: ReadonlyMap<RoomId, Pick<ReadCursor, 'read'>> | undefined): void;
  /** None of them is left. */
  leave(user: UserId): void;
  has(user: UserId): boolean;
  /** He came into a room. */
  added(user: UserId, room: RoomId): void;
  readOn(user: UserId, room: RoomId, seq: number): void;
  /** Whoever has left the room since may be among them. */
  of(room: RoomId): Iterable<UserId>;
  readOf(user: UserId, room: RoomId): number;
}

export function createNoteAudience(): NoteAudience {
  const rooms = new Map<RoomId, Set<UserId>>();
  /** Of each user his rooms, with how far he has read them. */
  const users = new Map<UserId, Map<RoomId, number>>();

  const put = (user: UserId, read: Map<RoomId, number>, room: RoomId, seq: number): void => {
    const there = rooms.get(room);
    if (there === undefined) rooms.set(room, new Set([user]));
    else there.add(user);
    read.set(room, Math.max(read.get(room) ?? 0, seq));
  };

  return {
    enter(user, ids, known) {
      const read = users.get(user) ?? new Map<RoomId, number>();
      users.set(user, read);
      for (const room of ids) put(user, read, room, known?.get(room)?.read ?? 0);
    },
    leave(user) {
      for (const room of users.get(user)?.keys() ?? []) {
        const there = rooms.get(room);
        there?.delete(user);
        if (there?.size === 0) rooms.delete(room);
      }
      users.delete(user);
    },
    has: (user) => users.has(user),
    added(user, room) {
      const read = users.get(user);
      if (read !== undefined) put(user, read, room, 0);
    },
    readOn(user, room, seq) {
      const read = users.get(user);
      if (read?.has(room)) read.set(room, Math.max(read.get(room) ?? 0, seq));
    },
    of: (room) => rooms.get(room) ?? [],
    readOf: (user, room) => users.get(user)?.get(room) ?? 0,
  };
}
