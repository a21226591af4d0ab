import type { AccountRole, CustomData, UserId } from '@gapless/shared/schema';
import type { ImageChange } from '../files/image-uses.ts';

/** What a user says about himself. */
export interface Profile {
  readonly id: UserId;
  /** Absent where another issuer knows it. */
  readonly email?: string;
  readonly nickname: string;
  readonly role: AccountRole;
  readonly createdAt: Date;
  readonly image?: string;
  readonly custom?: CustomData;
  /** Whether who knows the whole address finds the user by it. */
  readonly findableByEmail: boolean;
  /** Grows by one with each change. */
  readonly version: number;
  readonly disabled: boolean;
}

/** `null` takes away. */
export interface ProfileChange extends ImageChange {
  readonly nickname?: string | undefined;
  readonly custom?: CustomData | null | undefined;
  readonly findableByEmail?: boolean | undefined;
}

export interface ProfileStore {
  withId(id: UserId): Promise<Profile | undefined>;
  withNickname(nickname: string): Promise<Profile | undefined>;
  /** By an address of which the user has shown that it is his, where that is asked. */
  withEmail(email: string): Promise<Profile | undefined>;
  /**
   * All of it or nothing. Rejects with `stale` when the version is not `expected` any more, with `nickname_taken`
   * when somebody has the nickname or gave it up not long ago, however many want it at once. `undefined`: no such user.
   */
  change(
    id: UserId,
    change: ProfileChange,
    at: { expected?: number | undefined; now: Date },
  ): Promise<Profile | undefined>;
  /** Enabled users whose nickname begins so, in the order of their search keys; only those behind the key `after`. */
  withPrefix(prefix: string, page: { after?: string | undefined; limit: number }): Promise<Profile[]>;
}
