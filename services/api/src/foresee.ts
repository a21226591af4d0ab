import { Failure } from '@gapless/shared/errors';
import { isStoreAway } from '@gapless/shared/outbox';
import { DeadlineError } from '@gapless/shared/runtime';

/** The failure that an error stands for; `undefined` for a bug. */
export function foresee(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (isStoreAway(error) || error instanceof DeadlineError) return new Failure('store_unavailable', { cause: error });
  return undefined;
}
