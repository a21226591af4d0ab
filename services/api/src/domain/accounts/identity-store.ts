import type { UserId } from '@gapless/shared/schema';

/** A person as another issuer knows him. */
export interface ForeignPerson {
  readonly issuer: string;
  readonly subject: string;
}

export interface IdentityStore {
  find(person: ForeignPerson): Promise<UserId | undefined>;
  /**
   * Makes a user of the person, once: who comes second gets the first one's user. Rejects with `nickname_taken`, and has made
   * nobody.
   */
  add(person: ForeignPerson, user: { id: UserId; nickname: string; now: Date }): Promise<UserId>;
}
