import { pageSize } from '@gapless/shared/commands';
import type { ApiKeyId } from '@gapless/shared/schema';
import type { ApiKey } from '../domain/admin/api-key-store.ts';
import type { ApiKeys } from '../domain/admin/api-keys.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Handlers } from './handler.ts';
import { readTime } from './read-time.ts';

export interface AdminKeyDeps {
  readonly apiKeys: ApiKeys;
}

type KeyCommand = 'keys.create' | 'keys.list' | 'keys.get' | 'keys.revoke';

export const adminKeyHandlers = ({ apiKeys }: AdminKeyDeps): Handlers<KeyCommand> => ({
  'keys.create': async (actor, { until, ...asked }) => {
    const made = await apiKeys.create(actor, { ...asked, until: until === undefined ? undefined : readTime(until) });
    return { ...showKey(made), ...(made.secret === undefined ? {} : { secret: made.secret }) };
  },
  'keys.list': async (_, { limit = pageSize, cursor }) => {
    const found = await apiKeys.list({ below: fromCursor<ApiKeyId>(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
    return { items: items.map(showKey), ...rest };
  },
  'keys.get': async (_, { key }) => showKey(await apiKeys.get(key)),
  'keys.revoke': (_, { key }) => apiKeys.revoke(key),
});

const showKey = ({ id, name, scopes, by, createdAt, until, usedAt, revokedAt }: ApiKey) => ({
  ...{ id, name, scopes: [...scopes], by, createdAt: createdAt.toISOString() },
  ...(until === undefined ? {} : { until: until.toISOString() }),
  ...(usedAt === undefined ? {} : { usedAt: usedAt.toISOString() }),
  ...(revokedAt === undefined ? {} : { revokedAt: revokedAt.toISOString() }),
});
