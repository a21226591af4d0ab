import { pageSize } from '@gapless/shared/commands';
import type { ReportId } from '@gapless/shared/schema';
import { actingId } from '../domain/admin/actor.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Reports, ShownReport } from '../domain/people/reports.ts';
import type { Handlers } from './handler.ts';
import { showBody } from './show.ts';

export interface ReportDeps {
  readonly reports: Reports;
}

type ReportCommand = 'messages.report' | 'reports.list' | 'reports.resolve';

export const reportHandlers = ({ reports }: ReportDeps): Handlers<ReportCommand> => ({
  'messages.report': async ({ user }, { sequence, ...of }) => {
    const { resolved: _, ...own } = showReport(await reports.report(user, { ...of, message: sequence }));
    return own;
  },
  'reports.list': async ({ user }, { room, state = 'open', limit = pageSize, cursor }) => {
    const page = { state, below: fromCursor<ReportId>(cursor), limit: limit + 1 };
    return showPage(await reports.list(user, room, page), limit);
  },
  'reports.resolve': async ({ user }, { room, report, text }) =>
    showReport(await reports.resolve(user, room, report, text)),
});

type AdminReportCommand = 'reports.all' | 'reports.listAny' | 'reports.resolveAny';

export const adminReportHandlers = ({ reports }: ReportDeps): Handlers<AdminReportCommand> => ({
  'reports.all': async (actor, { state = 'open', limit = pageSize, cursor }) => {
    const found = await reports.all(actor.kind === 'user' ? actor.id : undefined, {
      state,
      below: fromCursor(cursor),
      limit: limit + 1,
    });
    const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
    const shown = items.map(({ body, ...report }) => ({
      ...showReport(report),
      ...(body === undefined ? {} : { body: showBody(body) }),
    }));
    return { items: shown, ...rest };
  },
  'reports.listAny': async (actor, { room, state = 'open', limit = pageSize, cursor }) => {
    const page = { state, below: fromCursor<ReportId>(cursor), limit: limit + 1 };
    return showPage(await reports.listAny(actingId(actor), room, page), limit);
  },
  'reports.resolveAny': async (actor, { room, report, text }) =>
    showReport(await reports.resolveAny(actingId(actor), room, report, text)),
});

function showPage(found: ShownReport[], limit: number) {
  const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
  return { items: items.map(showReport), ...rest };
}

const showReport = ({ id, room, message, author, by, reason, text, at, resolved }: ShownReport) => ({
  id,
  room,
  sequence: message,
  author,
  ...(by === undefined ? {} : { by }),
  reason,
  ...(text === undefined ? {} : { text }),
  at: at.toISOString(),
  ...(resolved === undefined ? {} : { resolved: { ...resolved, at: resolved.at.toISOString() } }),
});
