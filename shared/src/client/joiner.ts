import { ChatError } from './chat-error.ts';
import type { ClientRequest } from './client-request.ts';
import { packed } from './packed.ts';

/** Resolves when the room is live on this connection, after the replay from `since`. */
export type Join = (room: string, since: number | undefined) => Promise<void>;

export interface JoinerDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly maxBytes: () => number;
}

interface Wish {
  readonly room: string;
  readonly since: number | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

const mostRooms = 500;
/** The operation, the reply number, the names of the two lists. */
const keysBytes = 64;
/** The room in the list, and its cursor. */
const wishBytes = ({ room, since }: Wish): number => 2 * room.length + String(since ?? '').length + 7;

/** Rooms that are wished for in one turn of the loop go together, in as few frames as hold them. */
export function createJoiner({ ask, maxBytes }: JoinerDeps): Join {
  let wishes: Wish[] = [];

  const request = async (together: readonly Wish[]): Promise<void> => {
    const cursors = together.flatMap(({ room, since }) => (since === undefined ? [] : [[room, since] as const]));
    const since = cursors.length === 0 ? {} : { since: Object.fromEntries(cursors) };
    try {
      await ask({ t: 'join', rs: together.map(({ room }) => room), ...since });
      for (const wish of together) wish.resolve();
    } catch (error) {
      // A frame is taken or refused as a whole: which room it was shows when each goes alone.
      const alone = together.length > 1 && error instanceof ChatError && error.code === 'not_member';
      if (alone) for (const wish of together) void request([wish]);
      else for (const wish of together) wish.reject(error);
    }
  };
  const flush = (): void => {
    const parts = packed(wishes, wishBytes, { bytes: maxBytes() - keysBytes, items: mostRooms });
    wishes = [];
    for (const part of parts) void request(part);
  };
  return (room, since) =>
    new Promise((resolve, reject) => {
      if (wishes.length === 0) queueMicrotask(flush);
      wishes.push({ room, since, resolve, reject });
    });
}
