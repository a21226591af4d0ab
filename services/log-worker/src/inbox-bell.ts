import { Failure } from '@gapless/shared/errors';
import type { Dispatcher } from '@gapless/shared/outbox';
import type { Logger } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { Bell } from './bell.ts';

/** Has what waits in the outbox for users' inboxes carried out at once, beside the writing of the log. */
export interface InboxBell {
  /** What it has no room for, and what fails, is left to the relay. */
  ring(users: readonly UserId[]): void;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const atOnce = 4;
const maxWaiting = 10_000;

export function createInboxBell(deps: { dispatcher: Pick<Dispatcher, 'dispatch'>; logger: Logger }): InboxBell {
  const { dispatcher, logger } = deps;
  const waiting = new Set<UserId>();
  const bell = new Bell();

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [user] = waiting;
      if (user === undefined) await bell.wait();
      else {
        waiting.delete(user);
        await carryOut(user);
      }
    }
  }

  async function carryOut(user: UserId): Promise<void> {
    try {
      await dispatcher.dispatch(user as string as RoomId);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      logger.warn({ err: error, user }, 'alerts of a user not carried out yet');
    }
  }

  return {
    ring(users) {
      for (const user of users) if (waiting.size < maxWaiting) waiting.add(user);
      bell.ring();
    },
    async run(signal) {
      signal.addEventListener('abort', () => bell.ring(), { once: true });
      await Promise.all(Array.from({ length: atOnce }, () => work(signal)));
    },
  };
}
