import type { Receipts } from '../receipts.ts';
import type { Handler } from './operation.ts';

export interface ReadDeps {
  readonly receipts: Pick<Receipts, 'take'>;
}

/** Who has read has received. */
export function createRead({ receipts }: ReadDeps): Handler<'read'> {
  return async (session, { i, r: room, s }) => {
    await receipts.take(session, { room, recv: s, read: s }, i !== undefined);
    session.ok(i);
  };
}
