import { pageSize } from '@gapless/shared/commands';
import type { ActId } from '@gapless/shared/schema';
import type { Audit } from '../domain/admin/audit.ts';
import type { Act } from '../domain/admin/audit-store.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Handlers } from './handler.ts';
import { readTime } from './read-time.ts';

export interface AdminAuditDeps {
  readonly audit: Pick<Audit, 'list'>;
}

export const adminAuditHandlers = ({ audit }: AdminAuditDeps): Handlers<'audit.list'> => ({
  'audit.list': async (_, { since, until, limit = pageSize, cursor, ...of }) => {
    const times = { since: momentOf(since), until: momentOf(until) };
    const found = await audit.list({ ...of, ...times, below: fromCursor<ActId>(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
    return { items: items.map(showAct), ...rest };
  },
});

const momentOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : readTime(text));

const showAct = ({ id, actor, as, command, targets, at, address, outcome }: Act) => ({
  ...{ id, actor, command, targets: [...targets], at: at.toISOString(), address },
  ...(as === undefined ? {} : { as }),
  ...(outcome === undefined ? {} : { outcome }),
});
