import type { FlagStore } from '../bus/index.ts';
import type { RoomFlags, RoomId } from '../schema/index.ts';
import { levelTriggered } from './level-trigger.ts';

/** What the store says of rooms, as the primary has it. */
export interface StoredFlags {
  of(room: RoomId): Promise<RoomFlags | undefined>;
  /** Every room, in pages by their ids: the first without `after`, an empty one ends it. */
  page(after?: RoomId): Promise<readonly (readonly [RoomId, RoomFlags])[]>;
}

export interface FlagProjection {
  /** Makes the edges' copy of a room's flags say at least what the store said at the call. */
  project(room: RoomId): Promise<void>;
  /** Makes every copy say what the store says; answers how many rooms there are. */
  rebuild(): Promise<number>;
}

const atOnce = 8;

export function createFlagProjection({ flags, stored }: { flags: FlagStore; stored: StoredFlags }): FlagProjection {
  /** A copy is needed where something is special, or was when the copy was made; of a store put back to a backup, as it says. */
  const restore = async (room: RoomId, { ver, ...special }: RoomFlags): Promise<void> => {
    const needed = Object.keys(special).length > 0 || (await flags.read(room)) !== undefined;
    if (needed) await flags.replace(room, () => stored.of(room));
  };

  return {
    /** Written even when nothing is special: it is the version that makes a slower projection with older flags lose. */
    project: levelTriggered(async (room: RoomId) => {
      const now = await stored.of(room);
      if (now !== undefined) await flags.write(room, now);
    }),
    async rebuild() {
      let count = 0;
      let page = await stored.page();
      for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
        const queue = [...page];
        const worker = async () => {
          for (let next = queue.pop(); next !== undefined; next = queue.pop()) await restore(...next);
        };
        await Promise.all(Array.from({ length: atOnce }, worker));
        count += page.length;
        page = await stored.page(last[0]);
      }
      return count;
    },
  };
}
