import type { Logger } from '../runtime/index.ts';
import type { RoomId } from '../schema/index.ts';
import type { Outbox } from './outbox.ts';

export interface RoomLease {
  /** Whether it is still held, by the store's word and not by memory. */
  confirm(): Promise<boolean>;
  release(): Promise<void>;
}

/** How long a room waits for a dispatcher that died. */
const leaseMs = 5_000;

/** Keeps one room's rows to one dispatcher: nobody else sends while this one waits for an answer. */
export async function takeRoomLease(
  deps: { outbox: Pick<Outbox, 'lease' | 'release'>; logger: Logger },
  room: RoomId,
  by: string,
): Promise<RoomLease | undefined> {
  const { outbox, logger } = deps;
  if (!(await outbox.lease(room, by, leaseMs))) return undefined;
  const renewal = setInterval(() => {
    outbox.lease(room, by, leaseMs).catch((error: unknown) => logger.warn({ err: error, room }, 'lease not renewed'));
  }, leaseMs / 3);
  return {
    confirm: () => outbox.lease(room, by, leaseMs),
    async release() {
      clearInterval(renewal);
      // Not released, it ends by itself: that is no reason to fail what was done under it.
      await outbox.release(room, by).catch((error: unknown) => logger.warn({ err: error, room }, 'lease not released'));
    },
  };
}
