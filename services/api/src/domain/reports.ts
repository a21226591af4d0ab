import { isPermitted } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  newId,
  type ReportId,
  type ReportReason,
  type ReportState,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { AccountStore } from './account-store.ts';
import type { Message } from './event-store.ts';
import type { History } from './history.ts';
import type { Report, ReportStore } from './report-store.ts';
import { memberOf, type RoomReads } from './standing.ts';

export interface Reports {
  /** For members who see the message; once for each member and message, and repeated it stays what it was. */
  report(by: UserId, of: ReportedMessage): Promise<Report>;
  /** For who keeps order in the room; for admins where it is a direct one. */
  list(
    reader: UserId,
    room: RoomId,
    page: { state: ReportState; below?: ReportId | undefined; limit: number },
  ): Promise<Report[]>;
  /** For who may list them. The first one's word stands: repeated it is answered. */
  resolve(by: UserId, room: RoomId, report: ReportId, text?: string): Promise<Report>;
}

export interface ReportedMessage {
  readonly room: RoomId;
  readonly message: number;
  readonly reason: ReportReason;
  readonly text?: string | undefined;
}

export function createReports(deps: {
  store: ReportStore;
  history: Pick<History, 'page'>;
  rooms: RoomReads;
  accounts: Pick<AccountStore, 'withId'>;
  clock: Clock;
}): Reports {
  const { store, history, rooms, accounts, clock } = deps;

  /** Of a direct room, which has no moderators, admins are the judges. */
  async function mayJudge(command: 'reports.list' | 'reports.resolve', user: UserId, id: RoomId): Promise<void> {
    const [room, membership] = await Promise.all([rooms.withId(id), rooms.membership(id, user)]);
    const isJudge = membership !== undefined && isPermitted(command, membership.role);
    if (room?.kind === 'group' && isJudge) return;
    if (room?.kind === 'direct' && (await accounts.withId(user))?.role === 'admin') return;
    if (membership === undefined) await memberOf(rooms, id, user);
    throw new Failure('forbidden', { detail: 'Only owners and moderators see reports' });
  }

  /** The message as history shows it to that member: what he does not see he cannot report. */
  async function shown(user: UserId, room: RoomId, seq: number): Promise<Message> {
    const { items } = await history.page(user, room, { after: seq - 1, before: seq + 1, limit: 1 });
    const [message] = items;
    if (message === undefined || message.deleted) throw new Failure('not_found', { detail: 'No such message' });
    return message;
  }

  return {
    async report(by, { room, message: seq, reason, text }) {
      const message = await shown(by, room, seq);
      if (message.user === by) throw new Failure('forbidden', { detail: 'The message is your own' });
      const now = clock.now();
      const report: Report = {
        id: newId<ReportId>(now),
        room,
        message: seq,
        author: message.user,
        by,
        reason,
        at: new Date(now),
      };
      return store.add(text === undefined ? report : { ...report, text });
    },
    async list(reader, room, { state, ...page }) {
      await mayJudge('reports.list', reader, room);
      return store.list(room, state, page);
    },
    async resolve(by, room, id, text) {
      await mayJudge('reports.resolve', by, room);
      const at = new Date(clock.now());
      const resolved = await store.resolve(room, id, { by, at, ...(text === undefined ? {} : { text }) });
      if (resolved === undefined) throw new Failure('not_found', { detail: 'No such report' });
      return resolved;
    },
  };
}
