import type { AccountRole, Revocation, UserId } from '@gapless/shared/schema';

export interface Account {
  readonly id: UserId;
  /** Empty where another issuer vouches for the user: nobody logs in to it here. */
  readonly email: string;
  readonly nickname: string;
  readonly role: AccountRole;
  readonly passwordHash: string;
  readonly createdAt: Date;
  /** How often it was disabled: tokens and sessions of an older epoch are void. */
  readonly epoch: number;
  readonly disabled: boolean;
}

export interface AccountStore {
  /** Rejects with `email_taken` or `nickname_taken`: the store decides, however many come at once. */
  add(account: Account): Promise<void>;
  withEmail(email: string): Promise<Account | undefined>;
  withId(id: UserId): Promise<Account | undefined>;
  /** Nicknames of those that exist. */
  nicknames(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, string>>;
  /** When those were last seen who were seen and are gone. */
  lastSeen(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Date>>;
  /** A later time counts. May be repeated, by several at once. */
  noteSeen(seen: ReadonlyMap<UserId, Date>): Promise<void>;
  setPasswordHash(id: UserId, passwordHash: string): Promise<void>;
  /** With it the revocation that the edges must hear of, also when it was disabled before; `undefined`: no such account. */
  disable(id: UserId, now: Date): Promise<Revocation | undefined>;
  /** `false`: no such account. */
  enable(id: UserId): Promise<boolean>;
}
