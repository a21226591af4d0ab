import { TokenBucket } from '../rates/index.ts';
import { ChatError } from './chat-error.ts';
import type { ClientRequest } from './client-request.ts';
import type { Clock } from './clock.ts';
import { mostRooms, packed } from './packed.ts';

/** Resolves when the room is live on this connection, after the replay from `since`. */
export type Join = (room: string, since: number | undefined) => Promise<void>;

export interface Joiner {
  readonly join: Join;
  /** The room is not wished for any more: what was not asked for yet never is. */
  forget(room: string): void;
}

export interface JoinerDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly maxBytes: () => number;
  readonly clock: Clock;
}

interface Wish {
  readonly room: string;
  readonly since: number | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

/** Beyond that wishes gather: hundreds of rooms that come back each at its own time are few frames. */
const gatherings = { perSecond: 10, burst: 20 };
/** So many that few rounds find one room among hundreds, and few frames. */
const divisions = 6;
/** The operation, the reply number, the names of the two lists. */
const keysBytes = 64;
/** The room in the list, and its cursor. */
const wishBytes = ({ room, since }: Wish): number => 2 * room.length + String(since ?? '').length + 7;

/** Rooms that are wished for in one turn of the loop, or while there is much of it, go together, in as few frames as hold them. */
export function createJoiner({ ask, maxBytes, clock }: JoinerDeps): Joiner {
  const bucket = new TokenBucket(gatherings, clock.now());
  let wishes: Wish[] = [];
  let gathering = false;

  const request = async (together: readonly Wish[]): Promise<void> => {
    const cursors = together.flatMap(({ room, since }) => (since === undefined ? [] : [[room, since] as const]));
    const since = cursors.length === 0 ? {} : { since: Object.fromEntries(cursors) };
    try {
      await ask({ t: 'join', rs: together.map(({ room }) => room), ...since });
      for (const wish of together) wish.resolve();
    } catch (error) {
      // A frame is taken or refused as a whole: which room it was shows when parts of it go alone.
      const divides = together.length > 1 && error instanceof ChatError && error.code === 'not_member';
      if (!divides) for (const wish of together) wish.reject(error);
      else for (const part of divided(together)) void request(part);
    }
  };
  const flush = (): void => {
    gathering = false;
    const parts = packed(wishes, wishBytes, { bytes: maxBytes() - keysBytes, items: mostRooms });
    wishes = [];
    for (const part of parts) void request(part);
  };
  const gather = (): void => {
    gathering = true;
    const ms = bucket.take(clock.now());
    if (ms === 0) queueMicrotask(flush);
    else clock.after(ms, gather);
  };
  return {
    join: (room, since) =>
      new Promise((resolve, reject) => {
        wishes.push({ room, since, resolve, reject });
        if (!gathering) gather();
      }),
    forget: (room) => {
      const given = wishes.filter((wish) => wish.room === room);
      wishes = wishes.filter((wish) => wish.room !== room);
      for (const { reject } of given) reject(new ChatError('unavailable', 'It was left before it was joined'));
    },
  };
}

const divided = <T>(all: readonly T[]): T[][] =>
  packed(all, () => 0, { bytes: 0, items: Math.ceil(all.length / divisions) });
