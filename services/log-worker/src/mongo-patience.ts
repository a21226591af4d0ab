import { Failure } from '@gapless/shared/errors';
import { fromStore } from '@gapless/shared/outbox';
import { MongoError } from 'mongodb';

/** Whatever the store says but an answer, the same write is tried again: nothing is ever skipped. */
export function away(error: unknown): never {
  if (error instanceof MongoError) throw new Failure('store_unavailable', { cause: error });
  throw error;
}

export const patiently = <T>(what: string, work: () => Promise<T>): Promise<T> => fromStore(what, work()).catch(away);
