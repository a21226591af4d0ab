import { type CloseReason, closeCodes, type ErrorCode } from '../errors/index.ts';
import { ChatError } from './chat-error.ts';

/**
 * Why a connection ended, and what to do about it. `done`: the application asked for it. `reconnect`: connect again, after
 * a pause. `refused`: the same attempt will be refused again.
 */
export interface Closed {
  readonly code: number;
  /** The documented name of the code; absent where the network or another server closed. */
  readonly name: CloseReason | undefined;
  readonly reason: string;
  readonly next: 'done' | 'reconnect' | 'refused';
}

const names = new Map<number, CloseReason>(
  (Object.keys(closeCodes) as CloseReason[]).map((name) => [closeCodes[name].code, name]),
);

export function closedBy(code: number, reason: string, asked: boolean): Closed {
  const next = asked ? 'done' : code >= 4400 && code <= 4499 ? 'refused' : 'reconnect';
  return { code, name: names.get(code), reason, next };
}

const errorOf: Partial<Record<CloseReason, ErrorCode>> = {
  malformed: 'bad_frame',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  no_hello: 'unauthenticated',
  token_expired: 'unauthenticated',
  too_many_devices: 'busy',
  flooding: 'rate_limited',
};

/** The error of a connection that closed before it had a session. */
export function notConnected({ code, name, reason }: Closed): ChatError {
  const why = reason || (name === undefined ? 'no connection' : closeCodes[name].meaning);
  return new ChatError((name && errorOf[name]) ?? 'unavailable', `${why} (close code ${code})`);
}
