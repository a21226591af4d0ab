import type { RoomId } from '@gapless/shared/schema';

interface Activity {
  readonly seq: number;
  announced: number;
}

export type RoomHead = readonly [RoomId, number];

export const announcements = 3;
/** Under a storm of rooms the oldest are announced before they are quiet: that is early, not wrong. */
const maxRooms = 50_000;

/** Rooms whose newest event may have been lost on the fast path with nothing after it that would show it. */
export interface QuietRooms {
  /** In rising order. */
  note(room: RoomId, seq: number): void;
  /** Rooms without an event above that number; each comes up three times after its last event. */
  take(upTo: number): RoomHead[];
  /** Whether some were dropped since this was asked last: more than can be kept came at once. */
  forgot(): boolean;
}

export function createQuietRooms(): QuietRooms {
  const rooms = new Map<RoomId, Activity>();
  let early: RoomHead[] = [];
  let dropped = false;

  function makeRoom(): void {
    const oldest = rooms.entries().next().value;
    if (oldest === undefined) return;
    rooms.delete(oldest[0]);
    if (early.length < maxRooms) early.push([oldest[0], oldest[1].seq]);
    else dropped = true;
  }

  return {
    note(room, seq) {
      // Deleted first, so that the map stays in the order of last events.
      rooms.delete(room);
      if (rooms.size >= maxRooms) makeRoom();
      rooms.set(room, { seq, announced: 0 });
    },
    take(upTo) {
      const heads = early;
      early = [];
      for (const [room, activity] of rooms) {
        if (activity.seq > upTo) break;
        heads.push([room, activity.seq]);
        activity.announced++;
        if (activity.announced >= announcements) rooms.delete(room);
      }
      return heads;
    },
    forgot() {
      const before = dropped;
      dropped = false;
      return before;
    },
  };
}
