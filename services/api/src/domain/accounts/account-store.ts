import type { AccountRole, Revocation, UserId } from '@gapless/shared/schema';

export interface Account {
  readonly id: UserId;
  /** Empty where another issuer vouches for the user: nobody logs in to it here. */
  readonly email: string;
  readonly nickname: string;
  readonly role: AccountRole;
  readonly passwordHash: string;
  readonly createdAt: Date;
  /** How often it was disabled, or all its sessions ended: tokens and sessions of an older epoch are void. */
  readonly epoch: number;
  readonly disabled: boolean;
  /** Its owner has shown that he reads the address. */
  readonly emailVerified: boolean;
}

export interface AccountStore {
  withEmail(email: string): Promise<Account | undefined>;
  withId(id: UserId): Promise<Account | undefined>;
  /** Nicknames of those that exist. */
  nicknames(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, string>>;
  /** When those were last seen who were seen and are gone. */
  lastSeen(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Date>>;
  /** A later time counts. May be repeated, by several at once. */
  noteSeen(seen: ReadonlyMap<UserId, Date>): Promise<void>;
  /** Whether somebody has this nickname, or one that looks like it. */
  hasNickname(nickname: string): Promise<boolean>;
  /** Changes nothing where it is another one by now. */
  setPasswordHash(id: UserId, change: { from: string; to: string }): Promise<void>;
  /** His API keys are revoked with that. With it the revocation that the edges must hear of, also when it was disabled before; `undefined`: no such account. */
  disable(id: UserId, now: Date): Promise<Revocation | undefined>;
  /** `false`: no such account. */
  enable(id: UserId): Promise<boolean>;
}
