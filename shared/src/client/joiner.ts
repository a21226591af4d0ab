import { TokenBucket } from '../rates/index.ts';
import { ChatError } from './chat-error.ts';
import type { ClientRequest } from './client-request.ts';
import type { Clock } from './clock.ts';
import { packed } from './packed.ts';

/** Resolves when the room is live on this connection, after the replay from `since`. */
export type Join = (room: string, since: number | undefined) => Promise<void>;

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

const mostRooms = 500;
/** Beyond that wishes gather: hundreds of rooms that come back each at its own time are few frames. */
const gatherings = { perSecond: 10, burst: 20 };
/** The operation, the reply number, the names of the two lists. */
const keysBytes = 64;
/** The room in the list, and its cursor. */
const wishBytes = ({ room, since }: Wish): number => 2 * room.length + String(since ?? '').length + 7;

/** Rooms that are wished for in one turn of the loop, or while there is much of it, go together, in as few frames as hold them. */
export function createJoiner({ ask, maxBytes, clock }: JoinerDeps): Join {
  const bucket = new TokenBucket(gatherings, clock.now());
  let wishes: Wish[] = [];

  const request = async (together: readonly Wish[]): Promise<void> => {
    const cursors = together.flatMap(({ room, since }) => (since === undefined ? [] : [[room, since] as const]));
    const since = cursors.length === 0 ? {} : { since: Object.fromEntries(cursors) };
    try {
      await ask({ t: 'join', rs: together.map(({ room }) => room), ...since });
      for (const wish of together) wish.resolve();
    } catch (error) {
      // A frame is taken or refused as a whole: which room it was shows when halves of it go alone.
      const divides = together.length > 1 && error instanceof ChatError && error.code === 'not_member';
      if (!divides) for (const wish of together) wish.reject(error);
      else for (const half of halves(together)) void request(half);
    }
  };
  const flush = (): void => {
    const parts = packed(wishes, wishBytes, { bytes: maxBytes() - keysBytes, items: mostRooms });
    wishes = [];
    for (const part of parts) void request(part);
  };
  const gather = (): void => {
    const ms = bucket.take(clock.now());
    if (ms === 0) queueMicrotask(flush);
    else clock.after(ms, gather);
  };
  return (room, since) =>
    new Promise((resolve, reject) => {
      wishes.push({ room, since, resolve, reject });
      if (wishes.length === 1) gather();
    });
}

function halves<T>(all: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
