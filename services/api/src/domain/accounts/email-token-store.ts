import type { EmailToken, EmailTokenKind } from './email-tokens.ts';

export interface EmailTokenStore {
  /** Without using it up. */
  find(hash: string, kinds: readonly EmailTokenKind[], now: Date): Promise<EmailToken | undefined>;
  /** The newest sign-up with this address that waits for its proof. */
  waitingSignUp(email: string, now: Date): Promise<EmailToken | undefined>;
}
