import { pageSize } from '@gapless/shared/commands';
import type { NoticeId } from '@gapless/shared/schema';
import type { Notice, Notices } from '../domain/admin/notices.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Handlers } from './handler.ts';

export interface AdminNoticeDeps {
  readonly notices: Notices;
}

type NoticeCommand = 'notices.send' | 'notices.get' | 'notices.list';

export const adminNoticeHandlers = ({ notices }: AdminNoticeDeps): Handlers<NoticeCommand> => ({
  'notices.send': async (actor, asked) => showNotice(await notices.send(actor, asked)),
  'notices.get': async (_, { notice }) => showNotice(await notices.get(notice)),
  'notices.list': async (_, { limit = pageSize, cursor }) => {
    const found = await notices.list({ below: fromCursor<NoticeId>(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
    return { items: items.map(showNotice), ...rest };
  },
});

const showNotice = ({ id, text, by, at, room, told, done }: Notice) => ({
  ...{ id, text, by, at: at.toISOString(), told, done },
  ...(room === undefined ? {} : { room }),
});
