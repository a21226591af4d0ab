import type { Mail } from './mail.ts';

/** One mail in the hands of whoever sends it. */
export interface TakenMail extends Mail {
  /** How often somebody has begun to send it, this time included. */
  readonly tries: number;
  /** Whoever took it later has another one. */
  readonly lease: string;
}

/** Mails wait here until they are sent; others write them, in transactions of their own. */
export interface MailStore {
  /** A mail whose time has come, the longest waiting first: nobody else gets it before `until`. */
  take(now: Date, until: Date): Promise<TakenMail | undefined>;
  /** It needs to be sent no more. */
  done(mail: TakenMail): Promise<void>;
  /** It is to be tried again from then on. */
  postpone(mail: TakenMail, due: Date): Promise<void>;
  /** About how many wait. */
  waiting(): Promise<number>;
  /** The newest of those that wait. */
  newest(limit: number): Promise<readonly Mail[]>;
}
