import { Failure } from '@gapless/shared/errors';
import { fromStore } from '@gapless/shared/outbox';
import { MongoBulkWriteError, MongoError, type WriteError } from 'mongodb';

/** Bad value, cannot be parsed, wrong type, breaks the collection's rule, too large: about the document, not about now. */
const aboutTheDocument = new Set([2, 9, 14, 121, 10334]);

/** Whether the same document would be refused again however often it came. */
export const isRefusal = ({ code }: Pick<WriteError, 'code'>): boolean => aboutTheDocument.has(code);

/** Whatever the store says but an answer, the same write is tried again: nothing is ever skipped. */
export function away(error: unknown): never {
  if (error instanceof MongoError) throw new Failure('store_unavailable', { cause: error });
  throw error;
}

export const patiently = <T>(what: string, work: () => Promise<T>): Promise<T> => fromStore(what, work()).catch(away);

/** Positions of what a rule of the database refuses; everything else is written. */
export async function refusals(what: string, work: () => Promise<unknown>): Promise<number[]> {
  try {
    await fromStore(what, work());
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) return away(error);
    const all = error.result.getWriteErrors();
    return all.every(isRefusal) ? all.map(({ index }) => index) : away(error);
  }
}
