import type { Dispatcher } from '@gapless/shared/outbox';
import { type Logger, withDeadline } from '@gapless/shared/runtime';
import type { CarryOut } from './domain/rooms/room-changes.ts';
import { foresee } from './foresee.ts';

/** Longest wait for a change to reach the log: who joined can then send at once. The change itself stands already. */
const waitMs = 2_000;

/** What could not be carried out now, the log worker's relay takes up. */
export function createCarryOut(deps: { dispatcher: () => Dispatcher | undefined; logger: Logger }): CarryOut {
  const { dispatcher, logger } = deps;
  return async ({ room, op }) => {
    const via = dispatcher();
    if (via === undefined) return false;
    // Where another process is at this room the dispatch ends at once, and that one carries out ours as well.
    const work = via.dispatch(room).then(() => via.settled(op, waitMs));
    try {
      return await withDeadline('carrying out a change', waitMs, work);
    } catch (error) {
      if (foresee(error) === undefined) throw error;
      logger.warn({ err: error, room, op }, 'change left to the relay');
      return false;
    }
  };
}
