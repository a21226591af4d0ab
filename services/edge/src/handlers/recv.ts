import type { Receipts } from '../receipts.ts';
import type { Handler } from './operation.ts';

export interface RecvDeps {
  readonly receipts: Pick<Receipts, 'take'>;
}

export function createRecv({ receipts }: RecvDeps): Handler<'recv'> {
  return async (session, { i, r: room, s }) => {
    await receipts.take(session, { room, recv: s }, i !== undefined);
    session.ok(i);
  };
}
