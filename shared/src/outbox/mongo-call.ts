import {
  type CollectionOptions,
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
  MongoWriteConcernError,
} from 'mongodb';
import { Failure } from '../errors/index.ts';
import { DeadlineError, withDeadline } from '../runtime/index.ts';

export const storeDeadlineMs = 10_000;
/** Limit of one operation inside the server; the deadline above also covers a server that says nothing. */
export const maxTimeMS = 5_000;

/** For whatever decides: read from the primary what a majority holds, written to a majority. */
export const decisive: CollectionOptions = {
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', wtimeoutMS: 5_000 },
};

/**
 * Shutting down, stepping down, no majority, too slow, a user not made or not trusted yet: the same call will work later.
 */
const passing = new Set([6, 7, 13, 18, 50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Whether the store could not answer, as opposed to having refused. Such a write may have happened. */
export function isStoreAway(error: unknown): boolean {
  if (error instanceof DeadlineError || error instanceof MongoWriteConcernError) return true;
  // The driver wraps lost connections and write concerns that were not met like refused rows. Where it cut a large write into
  // several commands the result has what those before were refused; the error's own list is there only when all were answered.
  if (error instanceof MongoBulkWriteError) {
    return [error.writeErrors].flat().length === 0 || error.result.getWriteConcernError() !== undefined;
  }
  if (error instanceof MongoInvalidArgumentError) return false;
  if (!(error instanceof MongoServerError)) return error instanceof MongoError;
  return passing.has(Number(error.code)) || error.hasErrorLabel('RetryableWriteError');
}

/** Runs a store operation within a deadline; `store_unavailable` when the store is away. */
export async function fromStore<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(what, storeDeadlineMs, work);
  } catch (error) {
    if (isStoreAway(error)) throw new Failure('store_unavailable', { cause: error });
    throw error;
  }
}
