import type { LiveRooms } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { MissedEvents } from './missed-events.ts';
import type { Revoked } from './revoked.ts';
import type { RoomHub } from './room-hub.ts';

type Current = Pick<Revoked, 'isCurrent' | 'pending'>;

/**
 * Live events that come while this edge cannot know whom it may serve are as if they were lost, which `lost` hears; `mend`
 * finds them when it knows again.
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
      mend();
    } catch (error) {
      // It takes longer: the next event, or the heads, show what is missing.
      if (!(error instanceof Failure)) throw error;
    } finally {
      mending = false;
    }
  };
  return {
    follow: (room, listener) =>
      live.follow(room, {
        event: (seq, prev, bytes) => {
          if (revoked.isCurrent()) return listener.event(seq, prev, bytes);
          lost();
          void mendLater();
        },
        signal: (bytes) => {
          if (revoked.isCurrent()) listener.signal(bytes);
        },
      }),
  };
}

/** What is read to fill a hole or for a replay waits until this edge knows. */
export const heldBackMissed = (missed: MissedEvents, revoked: Current): MissedEvents => ({
  read: async (room, after, known) => {
    await revoked.pending();
    const found = await missed.read(room, after, known);
    // The read may have taken longer than what was known holds.
    await revoked.pending();
    return found;
  },
});

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
