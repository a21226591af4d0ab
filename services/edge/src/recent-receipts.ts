import { higher } from '@gapless/shared/bus';
import { encodeFrame, type ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { beginsAs, readableSignal } from './signal-frame.ts';

type Receipts = ServerFrameOf<'rcpt'>['w'];

interface Recent {
  readonly recv: number;
  readonly read: number;
  readonly at: number;
}

/** Of a crowd: how many have come how far. */
interface RecentCount {
  readonly frame: Uint8Array;
  readonly at: number;
}

/** The newest receipts of each room, for a socket that was without signals for a while. */
export interface RecentReceipts {
  /** A signal of the room came. */
  heard(room: RoomId, bytes: Uint8Array): void;
  /** What came after that time as one frame, the newest of each member; `undefined` when nothing did. */
  since(room: RoomId, time: number): Uint8Array | undefined;
  stop(): void;
}

/** Who was away for longer asks for all of them over REST. */
const keptMs = 60_000;
const pruneMs = 10_000;
/** Of one room, the newest. */
const maxMembers = 200;

export function createRecentReceipts({ clock }: { clock: Clock }): RecentReceipts {
  const rooms = new Map<RoomId, Map<UserId, Recent>>();
  const crowds = new Map<RoomId, RecentCount>();

  const note = (room: RoomId, receipts: Receipts): void => {
    const members = rooms.get(room) ?? new Map<UserId, Recent>();
    rooms.set(room, members);
    for (const [user, recv, read] of receipts) {
      const known = members.get(user);
      // Put back at the end: the map is in the order of time.
      members.delete(user);
      members.set(user, { ...higher({ recv, read }, known ?? { recv: 0, read: 0 }), at: clock.now() });
    }
    for (const oldest of members.keys()) {
      if (members.size <= maxMembers) break;
      members.delete(oldest);
    }
  };

  const prune = (): void => {
    const before = clock.now() - keptMs;
    for (const [room, members] of rooms) {
      for (const [user, { at }] of members) if (at < before) members.delete(user);
      if (members.size === 0) rooms.delete(room);
    }
    for (const [room, { at }] of crowds) if (at < before) crowds.delete(room);
  };

  const pruning = setInterval(prune, pruneMs).unref();
  return {
    heard: (room, bytes) => {
      if (!beginsAs(bytes, 'rcpt')) return;
      const { w: receipts, n } = readableSignal(bytes) ?? {};
      if (typeof n === 'number') crowds.set(room, { frame: bytes, at: clock.now() });
      else if (Array.isArray(receipts)) note(room, receipts as Receipts);
    },
    since: (room, time) => {
      const after = Math.max(time, clock.now() - keptMs);
      const newer = [...(rooms.get(room) ?? [])].filter(([, { at }]) => at >= after);
      const count = crowds.get(room);
      if (newer.length === 0) return count !== undefined && count.at >= after ? count.frame : undefined;
      const w = newer.map(([user, { recv, read }]) => [user, recv, read] as const);
      return Buffer.from(encodeFrame({ t: 'rcpt', r: room, w }));
    },
    stop: () => clearInterval(pruning),
  };
}
