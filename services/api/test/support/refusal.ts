import type { FailureKind } from '@gapless/shared/errors';

/** What `t.rejects` compares with: a failure of that kind, whatever its words. */
export function refusal(kind: FailureKind): { name: string } {
  const expected = { name: 'Failure', kind };
  return expected;
}
