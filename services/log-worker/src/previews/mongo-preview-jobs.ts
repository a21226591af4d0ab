import { decisive, maxTimeMS, putOutboxRow } from '@gapless/shared/outbox';
import { type EventRow, eventRowId, type OpId, type RoomId, type UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { firstLink } from '../first-link.ts';
import { patiently } from '../mongo-patience.ts';
import type { PreviewJobs, TakenJob } from './preview-jobs.ts';

interface JobRow {
  readonly _id: OpId;
  readonly r: RoomId;
  readonly m: number;
  readonly ver: number;
  readonly u: UserId;
  readonly url: string;
  readonly at: Date;
  readonly due: Date;
  readonly tries: number;
}

/** A preview that comes later is of no use. */
const lifeSeconds = 3_600;

export function createMongoPreviewJobs(db: Db): PreviewJobs {
  const jobs = db.collection<JobRow>('preview_jobs', decisive);
  const events = db.collection<EventRow>('events', decisive);
  return {
    prepare: () =>
      patiently('indexing links', async () => {
        await jobs.createIndexes([
          { key: { due: 1 }, name: 'due' },
          { key: { at: 1 }, name: 'old', expireAfterSeconds: lifeSeconds },
        ]);
      }),
    async add(added) {
      if (added.length === 0) return;
      const now = new Date();
      const puts = added.map(({ op, room, message, version, author, url }) => {
        const row = { r: room, m: message, ver: version, u: author, url, at: now, due: now, tries: 0 };
        return { updateOne: { filter: { _id: op }, update: { $setOnInsert: row }, upsert: true } };
      });
      await patiently('noting links', () => jobs.bulkWrite(puts, { ordered: false }));
    },
    waiting: () => patiently('counting links', () => jobs.estimatedDocumentCount({ maxTimeMS })),
    async take(leaseMs) {
      const now = Date.now();
      const lease = { $set: { due: new Date(now + leaseMs) }, $inc: { tries: 1 } };
      const options = { sort: { due: 1 }, returnDocument: 'after', maxTimeMS } as const;
      const free = { due: { $lte: new Date(now) } };
      const row = await patiently('taking a link', () => jobs.findOneAndUpdate(free, lease, options));
      return row === null ? undefined : toJob(row);
    },
    async putBack(op, afterMs, options) {
      const due = { $set: { due: new Date(Date.now() + afterMs) }, $inc: { tries: options?.untried ? -1 : 0 } };
      await patiently('putting a link back', () => jobs.updateOne({ _id: op }, due, { maxTimeMS }));
    },
    async done(op) {
      await patiently('clearing a link', () => jobs.deleteOne({ _id: op }, { maxTimeMS }));
    },
    async isWanted({ room, message, version, url }) {
      const projection = { cur: 1, ver: 1, link: 1 } as const;
      const find = () => events.findOne({ _id: eventRowId(room, message) }, { projection, maxTimeMS });
      const row = await patiently('reading a linking message', find);
      if (row?.cur === undefined || row.ver !== version) return false;
      return row.link === undefined && firstLink(row.cur.text) === url;
    },
    tell: ({ op, room }, event) =>
      patiently('telling a preview', () => putOutboxRow(db, { _id: op, r: room, ver: 0, event, us: [] })),
  };
}

const toJob = ({ _id: op, r: room, m: message, ver: version, u: author, url, tries }: JobRow): TakenJob => ({
  ...{ op, room, message, version, author, url, tries },
});
