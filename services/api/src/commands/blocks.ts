import { pageSize } from '@gapless/shared/commands';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Blocks } from '../domain/people/blocks.ts';
import type { Handlers } from './handler.ts';

export interface BlockDeps {
  readonly blocks: Blocks;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
}

type BlockCommand = 'users.block' | 'users.unblock' | 'users.blocked';

export const blockHandlers = ({ blocks, accountStore }: BlockDeps): Handlers<BlockCommand> => ({
  'users.block': ({ user: by }, { user }) => blocks.block(by, user),
  'users.unblock': ({ user: by }, { user }) => blocks.unblock(by, user),
  'users.blocked': async ({ user: by }, { limit = pageSize, cursor }) => {
    const found = await blocks.mine(by, { below: fromCursor(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(found, limit, ({ place }) => place);
    const nicknames = await accountStore.nicknames(items.map(({ user }) => user));
    const shown = items.map(({ user, at }) => {
      const nickname = nicknames.get(user);
      return { user, ...(nickname === undefined ? {} : { nickname }), at: at.toISOString() };
    });
    return { items: shown, ...rest };
  },
});
