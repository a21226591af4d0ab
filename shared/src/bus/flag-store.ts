import { Failure } from '../errors/index.ts';
import { type Backoff, backoffMs, sleep } from '../runtime/index.ts';
import type { RoomFlags } from '../schema/index.ts';
import type { Bucket } from './bucket.ts';
import type { FlagStore } from './bus.ts';

export const flagBucket = 'ROOMS';

const attempts = 12;
const lost: Backoff = { firstMs: 5, maxMs: 250 };

/** A room's flags under its id. */
export function createFlagStore(bucket: Bucket): FlagStore {
  /** Compares and sets what is wanted in place of what is there, until nobody comes between; `undefined`: nothing to do. */
  const set = async (room: string, wanted: (there: RoomFlags | undefined) => Promise<RoomFlags | undefined>) => {
    for (let n = 0; n < attempts; n++) {
      const kept = await bucket.read(room);
      const flags = await wanted(kept?.value as RoomFlags | undefined);
      if (flags === undefined || (await bucket.write(room, flags, kept?.revision ?? 0))) return;
      await sleep(backoffMs(n, lost));
    }
    throw new Failure('busy', { detail: 'Flags of a room are being changed by too many at once' });
  };
  return {
    read: async (room) => (await bucket.read(room))?.value as RoomFlags | undefined,
    write: (room, flags) =>
      set(room, async (there) => (there !== undefined && there.ver >= flags.ver ? undefined : flags)),
    replace: (room, now) => set(room, now),
  };
}
