import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';
import type { Account } from './account-store.ts';
import type { EmailToken, EmailTokenKind } from './email-tokens.ts';
import type { Mail } from './mail.ts';
import type { Session } from './session-store.ts';

/** What may change at once. What it reads is what it changes: nobody comes in between. */
export interface AccountChange {
  /** Rejects with `email_taken` or `nickname_taken`. */
  add(account: Account): Promise<void>;
  account(id: UserId): Promise<Account | undefined>;
  /** `false` where the hash is not this one any more. Empty: there was none. */
  setPassword(id: UserId, change: { from: string; to: string }): Promise<boolean>;
  /** This address is the account's, and its owner reads it. Rejects with `email_taken`. */
  setEmail(id: UserId, email: string): Promise<void>;
  /** Every token and session that was given out before is void, for good. */
  endAll(id: UserId, now: Date): Promise<Revocation>;
  /** Ends the sessions of an account but one. */
  endOthers(account: Pick<Account, 'id' | 'epoch'>, keep: SessionId, now: Date): Promise<readonly Revocation[]>;
  /**
   * Opens one where the account is as it was when the password was looked at, else answers `undefined`; with it the oldest
   * ones beyond `most`, which end.
   */
  openSession(session: Session, passwordHash: string, most: number): Promise<readonly Revocation[] | undefined>;
  issue(token: EmailToken): Promise<void>;
  /** The token, which then works no more; `undefined` for one that never was, was used, or has ended. */
  redeem(hash: string, kinds: readonly EmailTokenKind[], now: Date): Promise<EmailToken | undefined>;
  /** What was mailed to this user, or to an address of his, works no more. */
  voidTokens(account: Pick<Account, 'id' | 'email'>): Promise<void>;
  post(mail: Mail): Promise<void>;
}

export interface AccountChanges {
  /** All of `work` or nothing. It may run more than once, and must do nothing else. */
  run<T>(work: (change: AccountChange) => Promise<T>): Promise<T>;
}
