/** What Gapless writes to people. `decoy` is sent to nobody: it takes the place of a mail where there is no account. */
export type MailKind =
  | 'sign-up'
  | 'account-exists'
  | 'verify'
  | 'reset'
  | 'change'
  | 'password-changed'
  | 'email-changed'
  | 'decoy';

/** A mail that waits to be sent, written in one transaction with what it tells of. */
export interface Mail {
  readonly id: string;
  readonly kind: MailKind;
  readonly to: string;
  /** Of the token in it. */
  readonly seed?: string;
  readonly createdAt: Date;
  /** Behind this time it tells nobody anything: it is not sent any more. */
  readonly until: Date;
}

/** A mail as somebody reads it. */
export interface Letter {
  /** The same however often it is sent. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** `refused`: that mailbox will never take it. Rejects where it may be taken later. */
export type Post = (letter: Letter) => Promise<'sent' | 'refused'>;
