import type { SessionId, UserId } from './ids.ts';

/** One session has ended: it was logged out, or a token of it was used twice. */
export interface SessionRevocation {
  readonly kind: 'session';
  readonly user: UserId;
  readonly session: SessionId;
  /** By then, ms since 1970, every access token that it is about has ended by itself. */
  readonly until: number;
}

/** The user was disabled: every token of an epoch below this one is void, for good. */
export interface UserRevocation {
  readonly kind: 'user';
  readonly user: UserId;
  readonly epoch: number;
  readonly until: number;
}

export type Revocation = SessionRevocation | UserRevocation;

/** The same for what is the same, whoever says it and however often. */
export const revocationId = (revocation: Revocation): string =>
  revocation.kind === 'session' ? `sid:${revocation.session}` : `user:${revocation.user}:${revocation.epoch}`;

/** Clocks that differ, and the way of a token from its maker to whoever verifies it. */
const marginMs = 5 * 60_000;

/** How long a revocation must be remembered where tokens live that long. */
export const revocationLifeMs = (accessTokenMs: number): number => accessTokenMs + marginMs;
