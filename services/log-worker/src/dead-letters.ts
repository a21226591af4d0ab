import type { LoggedEvent } from '@gapless/shared/bus';
import type { Unwritable } from './row.ts';

export interface DeadLetter {
  readonly event: LoggedEvent;
  readonly reason: Unwritable;
}

/** Events that could not be written: kept whole for an operator, so that they block nobody. May be repeated. */
export interface DeadLetters {
  put(stream: string, letters: readonly DeadLetter[]): Promise<void>;
  /** How many wait for an operator; no more than a thousand are counted. */
  waiting(): Promise<number>;
}

/** A dead letter as an operator sees it. */
export interface KeptLetter {
  readonly id: string;
  readonly stream: string;
  readonly event: LoggedEvent;
  readonly reason: string;
  /** Of its event, which may be too long to be kept whole. */
  readonly size: number;
  readonly at: Date;
  /** How often it was tried again in vain. */
  readonly tries: number;
}

/** What an operator does with them. */
export interface DeadLetterOffice {
  /** Those that wait, oldest number first; `after` is the last one of the page before. */
  page(after: string | undefined, limit: number): Promise<readonly KeptLetter[]>;
  /** `undefined` when there is none of that id that waits. */
  find(id: string): Promise<KeptLetter | undefined>;
  /** It is in MongoDB now, and stays as a record of what was done. */
  settled(id: string): Promise<void>;
  /** Nobody waits for it any more; it stays as a record. `false`: none of that id waits. */
  discarded(id: string): Promise<boolean>;
  /** It was tried again in vain, and goes on waiting. */
  refused(id: string, reason: Unwritable): Promise<void>;
}
