import type { RoomId } from '@gapless/shared/schema';

interface Activity {
  seq: number;
  at: number;
  announced: number;
}

export type RoomHead = readonly [RoomId, number];

export const quietAfterMs = 500;
export const announcements = 3;
/** Under a storm of rooms the oldest are announced before they are quiet: that is early, not wrong. */
const maxRooms = 50_000;

/** Rooms whose newest event may have been lost on the fast path with nothing after it that would show it. */
export interface QuietRooms {
  note(room: RoomId, seq: number, now: number): void;
  /** Rooms to announce now; each comes up three times after its last event. */
  take(now: number): RoomHead[];
}

export function createQuietRooms(): QuietRooms {
  const rooms = new Map<RoomId, Activity>();
  let early: RoomHead[] = [];

  function makeRoom(): void {
    const oldest = rooms.entries().next().value;
    if (oldest === undefined) return;
    rooms.delete(oldest[0]);
    if (early.length < maxRooms) early.push([oldest[0], oldest[1].seq]);
  }

  return {
    note(room, seq, now) {
      // Deleted first, so that the map stays in the order of last events.
      rooms.delete(room);
      if (rooms.size >= maxRooms) makeRoom();
      rooms.set(room, { seq, at: now, announced: 0 });
    },
    take(now) {
      const heads = early;
      early = [];
      for (const [room, activity] of rooms) {
        if (now - activity.at < quietAfterMs) break;
        heads.push([room, activity.seq]);
        activity.announced++;
        if (activity.announced >= announcements) rooms.delete(room);
      }
      return heads;
    },
  };
}
