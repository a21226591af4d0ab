/** Splits items, in their order, into parts of at most so many bytes and items; an item alone always makes a part. */
export function packed<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  most: { bytes: number; items: number },
): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (part.length > 0 && (part.length === most.items || bytes + size > most.bytes)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  return part.length === 0 ? parts : [...parts, part];
}

/** `"<room>":<seq>,` */
export const cursorBytes = ([room, seq]: readonly [room: string, seq: number]): number =>
  room.length + String(seq).length + 4;

/** Rooms that one frame may name (docs/protocol.md §Limits). */
export const mostRooms = 500;
/** The operation, the reply number, the name of the list. */
const keysBytes = 48;

/** Rooms in as few frames as hold them. */
export const inFrames = (rooms: readonly string[], frameBytes: number): string[][] =>
  packed(rooms, (room) => room.length + 3, { bytes: frameBytes - keysBytes, items: mostRooms });
