import { isPermitted } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type MessageBody,
  newId,
  type ReportId,
  type ReportReason,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { AccountStore } from './account-store.ts';
import type { CurrentMessages } from './current-messages.ts';
import type { Message } from './event-store.ts';
import type { History } from './history.ts';
import type { Report, ReportPage, ReportStore } from './report-store.ts';
import { memberOf, type RoomReads } from './standing.ts';

export interface Reports {
  /** For members who see the message; once for each member and message, and repeated it stays what it was. */
  report(by: UserId, of: ReportedMessage): Promise<Report>;
  /** For who keeps order in the room, which in a direct one is nobody, and for admins. */
  list(reader: UserId, room: RoomId, page: ReportPage): Promise<ShownReport[]>;
  /** Of all rooms; as the reader may see them who is an admin himself. */
  all(reader: UserId | undefined, page: ReportPage): Promise<(ShownReport & { readonly body?: MessageBody })[]>;
  /** For who may list them, but not of his own message. The first one's word stands: repeated it is answered. */
  resolve(by: UserId, room: RoomId, report: ReportId, text?: string): Promise<Report>;
}

/** Who wrote the message is told neither who reported it nor in which words. */
export type ShownReport = Omit<Report, 'by'> & Partial<Pick<Report, 'by'>>;

export interface ReportedMessage {
  readonly room: RoomId;
  readonly message: number;
  readonly reason: ReportReason;
  readonly text?: string | undefined;
}

export function createReports(deps: {
  store: ReportStore;
  history: Pick<History, 'page'>;
  current: CurrentMessages;
  rooms: RoomReads;
  accounts: Pick<AccountStore, 'withId'>;
  clock: Clock;
}): Reports {
  const { store, history, current, rooms, accounts, clock } = deps;

  async function isAdmin(user: UserId): Promise<boolean> {
    const account = await accounts.withId(user);
    return account?.role === 'admin' && !account.disabled;
  }

  /** Admins judge everywhere: a direct room has no moderators, and an owner is no judge of himself. */
  async function mayJudge(command: 'reports.list' | 'reports.resolve', user: UserId, id: RoomId): Promise<void> {
    const [room, membership] = await Promise.all([rooms.withId(id), rooms.membership(id, user)]);
    const isJudge = membership !== undefined && isPermitted(command, membership.role);
    if (room?.kind === 'group' && isJudge) return;
    if (await isAdmin(user)) return;
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

  /** What the reported messages say now. */
  async function bodiesOf(reports: readonly Report[]): Promise<ReadonlyMap<string, MessageBody>> {
    const found = await Promise.all(
      [...new Set(reports.map(({ room }) => room))].map(async (room) => {
        const ofRoom = reports.filter((report) => report.room === room).map(({ message }) => message);
        const messages = await current(room, [...new Set(ofRoom)]);
        return messages.flatMap(({ seq, body, deleted }) =>
          deleted ? [] : [[placeOf({ room, message: seq }), body] as const],
        );
      }),
    );
    return new Map(found.flat());
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
    async list(reader, room, page) {
      await mayJudge('reports.list', reader, room);
      return (await store.list(room, page)).map((report) => shownTo(reader, report));
    },
    async all(reader, page) {
      const reports = await store.all(page);
      const bodies = await bodiesOf(reports);
      return reports.map((report) => {
        const body = bodies.get(placeOf(report));
        return { ...shownTo(reader, report), ...(body === undefined ? {} : { body }) };
      });
    },
    async resolve(by, room, id, text) {
      await mayJudge('reports.resolve', by, room);
      if ((await store.find(room, id))?.author === by)
        throw new Failure('forbidden', { detail: 'The message is your own' });
      const at = new Date(clock.now());
      const resolved = await store.resolve(room, id, { by, at, ...(text === undefined ? {} : { text }) });
      if (resolved === undefined) throw new Failure('not_found', { detail: 'No such report' });
      return resolved;
    },
  };
}

const placeOf = ({ room, message }: Pick<Report, 'room' | 'message'>): string => `${room}:${message}`;

function shownTo(reader: UserId | undefined, report: Report): ShownReport {
  if (report.author !== reader) return report;
  const { by: _by, text: _text, ...shown } = report;
  return shown;
}
