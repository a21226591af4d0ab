import { pageSize } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import { fromCursor, toCursor } from '../domain/cursor.ts';
import type { ActiveUsers } from '../domain/people/active-users.ts';
import type { Handlers } from './handler.ts';

export interface UserDeps {
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
  readonly activeUsers: ActiveUsers;
}

export const userHandlers = ({ accountStore, activeUsers }: UserDeps): Handlers<'users.active'> => ({
  'users.active': async ({ user }, { limit = pageSize, cursor }) => {
    const { items, next } = await activeUsers(user, { above: fromCursor<UserId>(cursor), limit });
    const nicknames = await accountStore.nicknames(items.map(({ id }) => id));
    const shown = items.flatMap(({ id, presence }) => {
      const nickname = nicknames.get(id);
      return nickname === undefined ? [] : [{ id, nickname, presence }];
    });
    return { items: shown, ...(next === undefined ? {} : { next: toCursor(next) }) };
  },
});
