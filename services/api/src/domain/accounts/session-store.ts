import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';

/** One log-in of one device: the family of its refresh tokens. */
export interface Session {
  readonly id: SessionId;
  readonly user: UserId;
  /** The account's epoch at the log-in: of an older one than the account's the session is void. */
  readonly epoch: number;
  readonly secret: string;
  /** Hash of the refresh token that is valid now, and of the one before it. */
  readonly current: string;
  readonly previous?: string;
  readonly rotatedAt: Date;
  readonly createdAt: Date;
  readonly until: Date;
  readonly revokedAt?: Date;
  /** What the client called itself or its device. */
  readonly device?: string;
}

export interface SessionStore {
  get(id: SessionId): Promise<Session | undefined>;
  /** Atomic: of many that come with the same current token one wins, and only while the session lives. */
  rotate(id: SessionId, from: { current: string; next: string; now: Date; until: Date }): Promise<boolean>;
  /** Those of a user that live, the newest first. */
  living(user: UserId, epoch: number, now: Date, limit: number): Promise<readonly Session[]>;
  /** With it the revocation that the edges must hear of, also of a session that had ended; `undefined`: no such session. */
  revoke(id: SessionId, now: Date): Promise<Revocation | undefined>;
}
