import { Failure } from '@gapless/shared/errors';
import { nicknameKey, type UserId } from '@gapless/shared/schema';

export interface PersonStore {
  /** Of accounts with these nicknames, folded; without those that there are not. */
  withNicknameKeys(keys: readonly string[]): Promise<ReadonlyMap<string, UserId>>;
}

export interface People {
  /** Who is meant, each once, at most `limit`; `not_found` when a nickname is nobody's. */
  find(
    named: { readonly users?: readonly UserId[] | undefined; readonly nicknames?: readonly string[] | undefined },
    limit: number,
  ): Promise<UserId[]>;
}

export function createPeople(store: PersonStore): People {
  return {
    async find({ users = [], nicknames = [] }, limit) {
      const count = users.length + nicknames.length;
      if (count === 0 || count > limit) {
        throw new Failure('invalid_request', { detail: `Name 1 to ${limit} users, by \`users\` or \`nicknames\`` });
      }
      const keys = nicknames.map(nicknameKey);
      const found = keys.length === 0 ? new Map<string, UserId>() : await store.withNicknameKeys(keys);
      const meant = keys.map((key) => {
        const user = found.get(key);
        if (user === undefined) throw new Failure('not_found', { detail: 'No such user' });
        return user;
      });
      return [...new Set([...users, ...meant])];
    },
  };
}
