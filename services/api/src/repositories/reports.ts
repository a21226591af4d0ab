import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { ReportId, ReportReason, RoomId, UserId } from '@gapless/shared/schema';
import type { Db, Filter } from 'mongodb';
import type { Report, ReportPage, ReportStore } from '../domain/people/report-store.ts';
import { violatedIndex } from './mongo.ts';

interface ReportRow {
  readonly _id: ReportId;
  readonly r: RoomId;
  readonly s: number;
  /** Author of the message. */
  readonly to: UserId;
  readonly by: UserId;
  readonly why: ReportReason;
  readonly text?: string;
  readonly at: Date;
  readonly open: boolean;
  readonly done?: { readonly by: UserId; readonly at: Date; readonly text?: string };
}

export const reportIndexes = [
  { key: { r: 1, s: 1, by: 1 }, name: 'once', unique: true },
  { key: { r: 1, open: 1, _id: -1 }, name: 'of_room' },
] as const;

export const openReportIndexes = [{ key: { open: 1, _id: -1 }, name: 'of_all' }] as const;

const toReport = ({ _id, r, s, to, by, why, text, at, done }: ReportRow): Report => ({
  ...{ id: _id, room: r, message: s, author: to, by, reason: why, at },
  ...(text === undefined ? {} : { text }),
  ...(done === undefined ? {} : { resolved: done }),
});

const fromReport = ({ id, room, message, author, by, reason, text, at }: Report): ReportRow => ({
  ...{ _id: id, r: room, s: message, to: author, by, why: reason, at, open: true },
  ...(text === undefined ? {} : { text }),
});

export function createReportStore(db: Db): ReportStore {
  const reports = db.collection<ReportRow>('reports', decisive);

  async function first({ room: r, message: s, by }: Report): Promise<Report | undefined> {
    const row = await fromStore('reading a report', reports.findOne({ r, s, by }, { maxTimeMS }));
    return row === null ? undefined : toReport(row);
  }

  async function page(of: Filter<ReportRow>, { state, below, limit }: ReportPage): Promise<Report[]> {
    const filter = { ...of, open: state === 'open', ...(below === undefined ? {} : { _id: { $lt: below } }) };
    const found = reports.find(filter, { maxTimeMS }).sort({ _id: -1 }).limit(limit).toArray();
    return (await fromStore('reading reports', found)).map(toReport);
  }

  async function find(room: RoomId, id: ReportId): Promise<Report | undefined> {
    const row = await fromStore('reading a report', reports.findOne({ _id: id, r: room }, { maxTimeMS }));
    return row === null ? undefined : toReport(row);
  }

  return {
    find,
    async add(report) {
      const before = await first(report);
      if (before !== undefined) return before;
      try {
        await fromStore('adding a report', reports.insertOne(fromReport(report)));
        return report;
      } catch (error) {
        if (violatedIndex(error) !== 'once') throw error;
        return (await first(report)) ?? report;
      }
    },
    async resolve(room, id, { by, at, text }) {
      const done = { by, at, ...(text === undefined ? {} : { text }) };
      const resolving = reports.updateOne({ _id: id, r: room, open: true }, { $set: { open: false, done } });
      await fromStore('resolving a report', resolving);
      return find(room, id);
    },
    list: (room, asked) => page({ r: room }, asked),
    all: (asked) => page({}, asked),
  };
}
