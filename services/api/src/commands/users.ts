import type { Online } from '@gapless/shared/bus';
import { pageSize } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/account-store.ts';
import type { Blocks } from '../domain/blocks.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Handlers } from './handler.ts';

export interface UserDeps {
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
  readonly blocks: Pick<Blocks, 'ofMany'>;
  /** Rejects while that cannot be told. */
  readonly online: () => Online;
}

export const userHandlers = ({ accountStore, blocks, online }: UserDeps): Handlers<'users.active'> => ({
  'users.active': async ({ user }, { limit = pageSize, cursor }) => {
    const now = online();
    const found = now.page({ above: fromCursor<UserId>(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(found, limit, (id) => id);
    const [nicknames, blocked] = await Promise.all([accountStore.nicknames(items), blocks.ofMany(user, items)]);
    const shown = items.flatMap((id) => {
      const nickname = nicknames.get(id);
      const presence = now.presenceOf(id);
      return nickname === undefined || presence === undefined || blocked.has(id) ? [] : [{ id, nickname, presence }];
    });
    return { items: shown, ...rest };
  },
});
