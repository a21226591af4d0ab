import type { LoggedEvent } from '@gapless/shared/bus';
import type { Unwritable } from './row.ts';

export interface DeadLetter {
  readonly event: LoggedEvent;
  readonly reason: Unwritable;
}

/** Events that can never be written: kept for an operator, so that they block nobody. May be repeated. */
export interface DeadLetters {
  put(stream: string, letters: readonly DeadLetter[]): Promise<void>;
}
