import { pageSize } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/account-store.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { ActiveUsers } from '../domain/active-users.ts';
import { fromCursor, toCursor } from '../domain/cursor.ts';
import type { Handlers } from './handler.ts';

export interface UserDeps {
  readonly accounts: Accounts;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
  readonly activeUsers: ActiveUsers;
}

type UserCommand = 'users.active' | 'users.disable' | 'users.enable';

export const userHandlers = ({ accounts, accountStore, activeUsers }: UserDeps): Handlers<UserCommand> => ({
  'users.active': async ({ user }, { limit = pageSize, cursor }) => {
    const { items, next } = await activeUsers(user, { above: fromCursor<UserId>(cursor), limit });
    const nicknames = await accountStore.nicknames(items.map(({ id }) => id));
    const shown = items.flatMap(({ id, presence }) => {
      const nickname = nicknames.get(id);
      return nickname === undefined ? [] : [{ id, nickname, presence }];
    });
    return { items: shown, ...(next === undefined ? {} : { next: toCursor(next) }) };
  },
  'users.disable': ({ user: by }, { user }) => accounts.disable(by, user),
  'users.enable': ({ user: by }, { user }) => accounts.enable(by, user),
});
