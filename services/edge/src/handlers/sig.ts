import type { CallSignals } from '../call-signals.ts';
import type { Handler } from './operation.ts';

export interface SigDeps {
  readonly callSignals: Pick<CallSignals, 'tell'>;
}

export function createSig({ callSignals }: SigDeps): Handler<'sig'> {
  return async (session, { i, ...signal }) => {
    const isOnline = await callSignals.tell(session, signal);
    session.ok(i, { on: isOnline ? 1 : 0 });
  };
}
