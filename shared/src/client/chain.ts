/** Events of a room above `after` and up to `upTo` did not come. */
export interface Gap {
  readonly room: string;
  readonly after: number;
  readonly upTo: number;
}

export type Link = { readonly fresh: false } | { readonly fresh: true; readonly gap: Gap | undefined };

/**
 * Remembers the newest sequence that came for each room. Every event names its predecessor in the room: a predecessor that
 * was never seen is a gap, a sequence that is not above the newest is a repetition.
 */
export interface Chain {
  /** The room is live from `seq` on. What came to pass since the last connection shows as a gap. */
  start(room: string, seq: number): Gap | undefined;
  link(room: string, seq: number, prev: number): Link;
  /** Events from `from` to `to` will not come. */
  lag(room: string, from: number, to: number): Gap;
  forget(room: string): void;
  /** The newest sequence that came, of each room. */
  cursors(): [room: string, seq: number][];
  /** A new connection: cursors stay, rooms start anew. */
  reconnected(): void;
  /** Cursors mean nothing any more. */
  clear(): void;
}

export function createChain(): Chain {
  const newest = new Map<string, number>();
  const live = new Set<string>();
  const gapBefore = (room: string, upTo: number): Gap | undefined => {
    const after = newest.get(room);
    return after !== undefined && upTo > after ? { room, after, upTo } : undefined;
  };
  return {
    start(room, seq) {
      // A second `live` on one connection may be ahead of events still under way: they carry the chain on.
      if (live.has(room)) return undefined;
      live.add(room);
      const gap = gapBefore(room, seq);
      newest.set(room, Math.max(seq, newest.get(room) ?? 0));
      return gap;
    },
    link(room, seq, prev) {
      if (seq <= (newest.get(room) ?? -1)) return { fresh: false };
      const gap = gapBefore(room, prev);
      newest.set(room, seq);
      return { fresh: true, gap };
    },
    lag(room, from, to) {
      newest.set(room, Math.max(to, newest.get(room) ?? 0));
      return { room, after: from - 1, upTo: to };
    },
    cursors: () => [...newest],
    forget: (room) => {
      newest.delete(room);
      live.delete(room);
    },
    reconnected: () => live.clear(),
    clear: () => {
      newest.clear();
      live.clear();
    },
  };
}
