import { type CloseReason, closeCodes, type ErrorCode } from '../errors/index.ts';
import { ChatError } from './chat-error.ts';

/** How a connection ended. */
export interface Closed {
  readonly code: number;
  /** The documented name of the code; absent where the network or another server closed. */
  readonly name: CloseReason | undefined;
  readonly reason: string;
}

/**
 * What a close asks for (docs/protocol.md §Closes): `resume` on another edge; `later`, which is the same after a longer pause;
 * `renew` the token first; `refused`, the same attempt will be refused again.
 */
export type CloseClass = 'resume' | 'later' | 'renew' | 'refused';

const names = new Map<number, CloseReason>(
  (Object.keys(closeCodes) as CloseReason[]).map((name) => [closeCodes[name].code, name]),
);

export const closedBy = (code: number, reason: string): Closed => ({ code, name: names.get(code), reason });

export function classOf({ code, name }: Closed): CloseClass {
  if (name === 'token_expired' || name === 'unauthenticated') return 'renew';
  // `hello` is said as soon as a socket opens: one that did not come in time was on a slow way.
  if (name === 'try_later' || name === 'slow_consumer' || name === 'no_hello') return 'later';
  return code >= 4400 && code <= 4499 ? 'refused' : 'resume';
}

const errorOf: Partial<Record<CloseReason, ErrorCode>> = {
  malformed: 'bad_frame',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  token_expired: 'unauthenticated',
  too_many_devices: 'busy',
  flooding: 'rate_limited',
};

/** What whoever waits for a session is told of a close that does not let him in. */
export function refusedBy({ code, name, reason }: Closed): ChatError {
  const why = reason || (name === undefined ? 'no connection' : closeCodes[name].meaning);
  return new ChatError((name && errorOf[name]) ?? 'forbidden', `${why} (close code ${code})`);
}
