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
import type { Message } from '../log/event-store.ts';
import type { CurrentMessages } from '../messages/current-messages.ts';
import type { History } from '../messages/history.ts';
import { memberOf, type RoomReads } from '../rooms/standing.ts';
import type { Report, ReportPage, ReportStore } from './report-store.ts';

export interface Reports {
  /** For members who see the message; once for each member and message, and repeated it stays what it was. */
  report(by: UserId, of: ReportedMessage): Promise<Report>;
  /** For who keeps order in the room, which in a direct one is nobody. */
  list(reader: UserId, room: RoomId, page: ReportPage): Promise<ShownReport[]>;
  /** By right of the installation, whatever the reader is to the room. */
  listAny(reader: UserId, room: RoomId, page: ReportPage): Promise<ShownReport[]>;
  /** Of all rooms; as the reader may see them who is an admin himself. */
  all(reader: UserId | undefined, page: ReportPage): Promise<(ShownReport & { readonly body?: MessageBody })[]>;
  /** For who may list them, but not of his own message. The first one's word stands: repeated it is answered. */
  resolve(by: UserId, room: RoomId, report: ReportId, text?: string): Promise<Report>;
  /** By right of the installation: a direct room has no moderators, and an owner is no judge of himself. */
  resolveAny(by: UserId, room: RoomId, report: ReportId, text?: string): Promise<Report>;
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
  clock: Clock;
}): Reports {
  const { store, history, current, rooms, clock } = deps;

  async function mayJudge(command: 'reports.list' | 'reports.resolve', user: UserId, id: RoomId): Promise<void> {
    const [room, membership] = await Promise.all([rooms.withId(id), rooms.membership(id, user)]);
    const isJudge = membership !== undefined && isPermitted(command, membership.role);
    if (room?.kind === 'group' && isJudge) return;
    if (membership === undefined) await memberOf(rooms, id, user);
    throw new Failure('forbidden', { detail: 'Only owners and moderators see reports' });
  }

  async function there(room: RoomId): Promise<void> {
    if ((await rooms.withId(room)) === undefined) throw new Failure('room_not_found');
  }

  const listed = async (reader: UserId, room: RoomId, page: ReportPage) =>
    (await store.list(room, page)).map((report) => shownTo(reader, report));

  async function settle(by: UserId, room: RoomId, id: ReportId, text: string | undefined): Promise<Report> {
    if ((await store.find(room, id))?.author === by)
      throw new Failure('forbidden', { detail: 'The message is your own' });
    const at = new Date(clock.now());
    const resolved = await store.resolve(room, id, { by, at, ...(text === undefined ? {} : { text }) });
    if (resolved === undefined) throw new Failure('not_found', { detail: 'No such report' });
    return resolved;
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
      return listed(reader, room, page);
    },
    async listAny(reader, room, page) {
      await there(room);
      return listed(reader, room, page);
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
      return settle(by, room, id, text);
    },
    async resolveAny(by, room, id, text) {
      await there(room);
      return settle(by, room, id, text);
    },
  };
}

const placeOf = ({ room, message }: Pick<Report, 'room' | 'message'>): string => `${room}:${message}`;

function shownTo(reader: UserId | undefined, report: Report): ShownReport {
  if (report.author !== reader) return report;
  const { by: _by, text: _text, ...shown } = report;
  return shown;
}
