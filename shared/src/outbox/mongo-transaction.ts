import { performance } from 'node:perf_hooks';
import { type ClientSession, type MongoClient, MongoError, MongoServerSelectionError } from 'mongodb';
import { Failure } from '../errors/index.ts';
import { backoffMs, sleep } from '../runtime/index.ts';
import { isStoreAway } from './mongo-call.ts';

const deadlineMs = 8_000;
const lostRace = { firstMs: 4, maxMs: 120 };
const options = {
  readConcern: { level: 'snapshot' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', wtimeoutMS: 5_000 },
  maxCommitTimeMS: 5_000,
} as const;

/**
 * Runs `work` in one transaction, again with jitter when it lost a race, until a deadline: then `busy` or
 * `store_unavailable` when nothing was written, `fate_unknown` when the commit was not answered.
 */
export async function inTransaction<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(client, work, until);
    } catch (error) {
      // Selecting a server has waited for one already.
      const isPassing = hasLabel(error, 'TransientTransactionError') && !(error instanceof MongoServerSelectionError);
      if (!isPassing && isStoreAway(error)) throw new Failure('store_unavailable', { cause: error });
      if (!isPassing) throw error;
      if (performance.now() > until) throw new Failure(whyNot(error), { cause: error });
      await sleep(backoffMs(attempt, lostRace));
    }
  }
}

const hasLabel = (error: unknown, label: string): boolean => error instanceof MongoError && error.hasErrorLabel(label);

/** A server that answers has lost the race; one that does not is away. */
const whyNot = (error: unknown) => (isStoreAway(error) ? 'store_unavailable' : 'busy');

async function once<T>(client: MongoClient, work: (s: ClientSession) => Promise<T>, until: number): Promise<T> {
  const session = client.startSession();
  try {
    session.startTransaction(options);
    const result = await work(session);
    await commit(session, until);
    return result;
  } catch (error) {
    // The server drops what it did not hear of; the first error is the one that tells.
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  } finally {
    await session.endSession();
  }
}

/** Committing again is safe: the server remembers whether it has. */
async function commit(session: ClientSession, until: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (!hasLabel(error, 'UnknownTransactionCommitResult')) throw error;
      if (performance.now() > until) throw new Failure('fate_unknown', { cause: error });
      await sleep(backoffMs(attempt, lostRace));
    }
  }
}
