import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { UserId } from '@gapless/shared/schema';

/** What reading a mailbox is the proof for. */
export type EmailTokenKind = 'sign-up' | 'verify' | 'reset' | 'change';

/** One mail's token as the store keeps it. Works once, for whoever holds it. */
export interface EmailToken {
  /** Of the token, which the store never has. */
  readonly hash: string;
  readonly kind: EmailTokenKind;
  /** The mailbox that it is sent to. */
  readonly email: string;
  /** Whose account it is about. Absent for a sign-up, and where there is nobody: such a token is sent to no one. */
  readonly user?: UserId;
  /** What a sign-up asks for: the account comes about with the proof. */
  readonly signUp?: { readonly nickname: string; readonly passwordHash: string };
  readonly until: Date;
}

/**
 * A token follows from a seed, which waits beside the mail until that is sent, and a secret of the installation: who reads
 * the store has no token, and who knows the secret has no seed.
 */
export interface EmailTokens {
  fresh(): { readonly seed: string; readonly hash: string };
  tokenOf(seed: string): string;
}

const minuteMs = 60_000;
export const emailTokenLifeMs: Readonly<Record<EmailTokenKind, number>> = {
  'sign-up': 24 * 60 * minuteMs,
  verify: 24 * 60 * minuteMs,
  // Longer than mails to one mailbox may be refused: see attempts.ts.
  reset: 60 * minuteMs,
  change: 60 * minuteMs,
};

export const emailTokenPattern = '^[A-Za-z0-9_-]{43}$';

export const emailTokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function createEmailTokens(secret: Uint8Array): EmailTokens {
  const tokenOf = (seed: string) => createHmac('sha256', secret).update(`e-mail token:${seed}`).digest('base64url');
  return {
    tokenOf,
    fresh() {
      const seed = randomBytes(32).toString('base64url');
      return { seed, hash: emailTokenHash(tokenOf(seed)) };
    },
  };
}
