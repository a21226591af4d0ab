import { createHash } from 'node:crypto';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';

export interface AttemptStore {
  /** Counts one more under that key and answers how many there are; forgets the key some time after `until`. */
  count(key: string, until: Date): Promise<number>;
}

/** Limits tries on one account, from wherever they come and whichever api process they reach. */
export interface Attempts {
  /** Rejects with `rate_limited` past the limit. */
  note(account: string): Promise<void>;
}

const windowMs = 60_000;

export function createAttempts(deps: { store: AttemptStore; clock: Clock; perMinute: number }): Attempts {
  const { store, clock, perMinute } = deps;
  return {
    async note(account) {
      const window = Math.floor(clock.now() / windowMs);
      const endsAt = (window + 1) * windowMs;
      const key = createHash('sha256').update(`${window}:${account}`).digest('base64url');
      const count = await store.count(key, new Date(endsAt));
      if (count > perMinute) throw new Failure('rate_limited', { retryMs: endsAt - clock.now() });
    },
  };
}
