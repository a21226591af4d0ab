import { Failure } from '@gapless/shared/errors';
import type { UserId } from '@gapless/shared/schema';
import { emailKey, nicknameSearchKey } from '../accounts/names.ts';
import { fromCursor, type Page, toCursor } from '../cursor.ts';
import type { Blocks } from './blocks.ts';
import type { Profile, ProfileStore } from './profile-store.ts';

export interface UserSearch {
  /**
   * Users whose nickname begins so, without those who are disabled, or blocked by the reader, or have blocked him: a page may
   * be short of them and still have a next one.
   */
  byNickname(
    reader: UserId,
    prefix: string,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<Page<Profile>>;
  /** By the whole address, where its owner allows that; else the same answer as for an address that nobody has. */
  byEmail(reader: UserId, email: string): Promise<Page<Profile>>;
}

export function createUserSearch(deps: {
  store: Pick<ProfileStore, 'withEmail' | 'withId' | 'withPrefix'>;
  blocks: Pick<Blocks, 'ofMany'>;
}): UserSearch {
  const { store, blocks } = deps;

  /** An id says nothing of who hides from the reader; a nickname would. */
  async function keyAt(cursor: string | undefined, prefix: string): Promise<string | undefined> {
    const id = fromCursor<UserId>(cursor);
    if (id === undefined) return undefined;
    const last = await store.withId(id);
    const key = last && nicknameSearchKey(last.nickname);
    if (!key?.startsWith(prefix)) throw new Failure('invalid_cursor', { detail: 'The list has changed: begin again' });
    return key;
  }

  return {
    async byNickname(reader, prefix, { cursor, limit }) {
      const key = nicknameSearchKey(prefix);
      const found = await store.withPrefix(key, { after: await keyAt(cursor, key), limit: limit + 1 });
      const blocked = await blocks.ofMany(
        reader,
        found.map(({ id }) => id),
      );
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const items = shown.filter(({ id }) => !blocked.has(id));
      return found.length > limit && last !== undefined ? { items, next: toCursor(last.id) } : { items };
    },
    async byEmail(reader, email) {
      const found = await store.withEmail(emailKey(email));
      // The same work for one who is not there and one who hides.
      const blocked = await blocks.ofMany(reader, [found?.id ?? reader]);
      const isShown = found?.findableByEmail === true && !found.disabled && !blocked.has(found.id);
      return { items: found !== undefined && isShown ? [found] : [] };
    },
  };
}
