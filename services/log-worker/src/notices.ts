import { Failure } from '@gapless/shared/errors';
import type { Outbox } from '@gapless/shared/outbox';
import { type Logger, sleep } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';

export interface NoticeJobs {
  prepare(): Promise<void>;
  /**
   * Tells the next users of the oldest notice that waits and that nobody else is at, and how far it has come, in one
   * transaction: whoever dies in between has told nobody twice, and who goes on leaves nobody out. `undefined`: nothing waits.
   */
  tellSome(limit: number): Promise<readonly UserId[] | undefined>;
}

/** Brings notices to their users, slowly enough that what people write is not held up, and no faster than the log takes them. */
export interface Notices {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const usersAtOnce = 100;
/** So that many of them a second. */
const pauseMs = 250;
const idleMs = 1_000;
/** While so much waits in the outbox, nothing is added: the log is away, or busy with what people do. */
const mostWaiting = 2_000;

export function createNotices(deps: {
  jobs: Pick<NoticeJobs, 'tellSome'>;
  outbox: Pick<Outbox, 'count'>;
  /** Rows for these users' inboxes wait in the outbox. */
  alerted: (users: readonly UserId[]) => void;
  logger: Logger;
}): Notices {
  const { jobs, outbox, alerted, logger } = deps;

  async function round(): Promise<number> {
    try {
      if ((await outbox.count()) >= mostWaiting) return idleMs;
      const told = await jobs.tellSome(usersAtOnce);
      alerted(told ?? []);
      return told === undefined ? idleMs : pauseMs;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      logger.warn({ err: error }, 'notices not told now');
      return idleMs;
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) await sleep(await round(), signal);
    },
  };
}
