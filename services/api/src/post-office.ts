import { backoffMs, type Logger, sleep } from '@gapless/shared/runtime';
import type { Sending } from './domain/accounts/send-one.ts';
import { foresee } from './foresee.ts';

/** Sends what waits, until it is closed; each process has one, and a mail is in one process's hands. */
export interface PostOffice {
  /** There is something to send. */
  ring(): void;
  open(): void;
  /** Begins nothing more, and waits a while for what is under way. */
  close(): Promise<void>;
}

/** Mails that one process sends side by side: few enough for any mail server. */
const lanes = 2;
/** What another process left behind is found by looking. */
const idleMs = { firstMs: 4_000, maxMs: 4_000 };
/** What is not through then is sent again when its lease has ended. */
const lastWaitMs = 5_000;
const storeAway = { firstMs: 500, maxMs: 15_000 };

export function createPostOffice(deps: {
  readonly sendOne: () => Promise<Sending>;
  readonly logger: Logger;
  /** Hears what became of each mail. */
  readonly handled: (outcome: Exclude<Sending, 'none'>) => void;
}): PostOffice {
  const { sendOne, logger, handled } = deps;
  const stopped = new AbortController();
  let bell = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  async function round(): Promise<void> {
    // Taken before the look: who rings during it is heard.
    const { signal } = bell;
    const outcome = await sendOne();
    if (outcome === 'none') await sleep(backoffMs(0, idleMs), signal);
    else handled(outcome);
  }

  async function lane(): Promise<void> {
    for (let failures = 0; !stopped.signal.aborted; ) {
      try {
        await round();
        failures = 0;
      } catch (error) {
        if (foresee(error) === undefined) throw error;
        logger.warn({ err: error }, 'mails wait for the store');
        await sleep(backoffMs(failures++, storeAway), stopped.signal);
      }
    }
  }

  const ring = () => {
    const rung = bell;
    bell = new AbortController();
    rung.abort();
  };

  return {
    ring,
    open() {
      if (!stopped.signal.aborted) running = Promise.all(Array.from({ length: lanes }, lane));
    },
    async close() {
      stopped.abort();
      ring();
      const waited = new AbortController();
      await Promise.race([running, sleep(lastWaitMs, waited.signal)]);
      waited.abort();
    },
  };
}
