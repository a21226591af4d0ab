import type { Revocations } from '@gapless/shared/bus';
import { type RevocationRecord, tellRevocation } from '@gapless/shared/outbox';
import { type Logger, withDeadline } from '@gapless/shared/runtime';
import type { TellRevocation } from './domain/accounts/tell-revocation.ts';
import { foresee } from './foresee.ts';

const waitMs = 2_000;

/** What could not be told now, the log worker tells. */
export function createTellEdges(deps: {
  revocations: () => Revocations | undefined;
  record: RevocationRecord;
  logger: Logger;
}): TellRevocation {
  const { record, logger } = deps;
  return async (revocation) => {
    const revocations = deps.revocations();
    if (revocations === undefined) return;
    try {
      await withDeadline('telling the edges', waitMs, tellRevocation({ revocations, record }, revocation));
    } catch (error) {
      if (foresee(error) === undefined) throw error;
      logger.warn({ err: error, kind: revocation.kind }, 'revocation left to the log worker');
    }
  };
}
