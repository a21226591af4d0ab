import type { LiveRooms, RoomListener } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep } from '@gapless/shared/runtime';
import type { MissedEvents } from './missed-events.ts';
import type { Revoked } from './revoked.ts';
import type { RoomHub } from './room-hub.ts';

type Current = Pick<Revoked, 'isCurrent' | 'pending'>;

const mendPace = { firstMs: 500, maxMs: 500 };

/**
 * Live events that come while this edge cannot know whom it may serve are as if they were lost, which `lost` hears; behind
 * the last of them `mend` finds them, when it knows again or that takes too long.
 */
export function heldBackLive(
  live: LiveRooms,
  revoked: Current,
  { lost, mend }: { lost: () => void; mend: () => void },
): LiveRooms {
  let mending = false;
  const mendLater = async (): Promise<void> => {
    if (mending) return;
    mending = true;
    try {
      await revoked.pending();
    } catch (error) {
      // It takes longer. What is found then waits as well; unasked, nobody might ever ask what was lost.
      if (!(error instanceof Failure)) throw error;
      await sleep(backoffMs(0, mendPace));
    }
    mending = false;
    mend();
  };
  const gate: Gate = {
    isOpen: () => revoked.isCurrent(),
    missed: () => {
      lost();
      void mendLater();
    },
  };
  return { follow: (room, listener) => live.follow(room, new HeldBack(listener, gate)) };
}

interface Gate {
  readonly isOpen: () => boolean;
  readonly missed: () => void;
}

/** A class: there is one for each room, and a closure each would be several times as large. */
class HeldBack implements RoomListener {
  readonly #listener: RoomListener;
  readonly #gate: Gate;

  constructor(listener: RoomListener, gate: Gate) {
    this.#listener = listener;
    this.#gate = gate;
  }

  event(seq: number, prev: number, bytes: Uint8Array): void {
    if (this.#gate.isOpen()) this.#listener.event(seq, prev, bytes);
    else this.#gate.missed();
  }

  signal(bytes: Uint8Array): void {
    if (this.#gate.isOpen()) this.#listener.signal(bytes);
  }
}

/** What is read to fill a hole or for a replay waits until this edge knows. */
export function heldBackMissed(missed: MissedEvents, revoked: Current): MissedEvents {
  const heldBack = async <T>(read: () => Promise<T>): Promise<T> => {
    await revoked.pending();
    const found = await read();
    // The read may have taken longer than what was known holds.
    await revoked.pending();
    return found;
  };
  return {
    read: (...question) => heldBack(() => missed.read(...question)),
    readStretch: (...question) => heldBack(() => missed.readStretch(...question)),
  };
}

/** What is kept of a room is not replayed from while this edge does not know: the replay reads, and waits with it. */
export const heldBackHub = (hub: RoomHub, revoked: Current): RoomHub => ({
  ...hub,
  get rooms() {
    return hub.rooms;
  },
  get held() {
    return hub.held;
  },
  kept: (room, seq, limit) => (revoked.isCurrent() ? hub.kept(room, seq, limit) : undefined),
});
