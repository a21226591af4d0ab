import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import {
  type EventRow,
  eventRowId,
  type FileRow,
  type FileUseRow,
  type MessageFile,
  messageUseId,
  usesOfMessage,
} from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Derived } from './derived.ts';
import { patiently } from './mongo-patience.ts';

/** Between the end of a use and a look at its file: longer than the api takes to note another use. */
const graceMs = 3_600_000;
const unordered = { ordered: false } as const;

/** Which files messages carry: of those that are written they are in use, of those that are deleted not. Nothing unused is kept. */
export function createMongoFileUses(db: Db): Derived {
  const events = db.collection<EventRow>('events', decisive);
  const files = db.collection<FileRow>('files', decisive);
  const uses = db.collection<FileUseRow>('file_uses', decisive);

  /** The api has noted them before; a store that was put back may have lost that. */
  async function confirm(rows: readonly Carrying[]): Promise<void> {
    const updates = rows.flatMap(({ r: room, u: user, c: clientId, cur }) =>
      cur.files.map(({ id: f }) => ({
        updateOne: {
          filter: { _id: messageUseId({ room, user, clientId }, f) },
          update: { $set: { f }, $unset: { until: '' as const } },
          upsert: true,
        },
      })),
    );
    if (updates.length > 0) await patiently('noting uses of files', () => uses.bulkWrite(updates, unordered));
  }

  /** Of these messages, or of those among them that are deleted: one that is written again may be gone since. */
  async function end(ids: readonly EventRow['_id'][], which: 'all' | 'deleted'): Promise<void> {
    if (ids.length === 0) return;
    const gone = which === 'all' ? {} : { cur: { $exists: false } };
    const filter = { _id: { $in: [...ids] }, k: 'msg', ...gone };
    const find = () => events.find(filter, { projection: { r: 1, u: 1, c: 1 }, maxTimeMS });
    const messages = await patiently('reading deleted messages', () => find().toArray());
    await release(messages);
  }

  async function release(messages: readonly Pick<EventRow, 'r' | 'u' | 'c'>[]): Promise<void> {
    const ranges = messages.flatMap(({ r: room, u: user, c: clientId }) =>
      // What landed twice bears no client id: the first one has the files.
      clientId === undefined ? [] : [{ _id: usesOfMessage({ room, user, clientId }) }],
    );
    if (ranges.length === 0) return;
    const ended = await patiently('reading uses of files', () =>
      uses.find({ $or: ranges }, { projection: { f: 1 }, maxTimeMS }).toArray(),
    );
    if (ended.length === 0) return;
    // First the files: whoever dies in between comes here again. A new time in any case, so that a collector that has just
    // seen the use, and keeps the file for it, sees that the file is due anew.
    const until = new Date(Date.now() + graceMs);
    const filter = { _id: { $in: ended.map(({ f }) => f) } };
    await patiently('releasing files', () => files.updateMany(filter, { $set: { until } }, { maxTimeMS }));
    const gone = { _id: { $in: ended.map(({ _id }) => _id) } };
    await patiently('ending uses of files', () => uses.deleteMany(gone, { maxTimeMS }));
  }

  return {
    async note(rows, duplicates) {
      const carrying = rows.filter(isCarrying).filter(({ s }) => !duplicates.has(s));
      await confirm(carrying);
      const deletions = rows.filter(({ k }) => k === 'del');
      await end(
        deletions.flatMap(({ r, m }) => (m === undefined ? [] : [eventRowId(r, m)])),
        'all',
      );
      await end(
        carrying.map(({ _id }) => _id),
        'deleted',
      );
    },
  };
}

type Carrying = EventRow & {
  readonly c: NonNullable<EventRow['c']>;
  readonly cur: { readonly files: readonly MessageFile[] };
};

const isCarrying = (row: EventRow): row is Carrying => row.c !== undefined && row.cur?.files !== undefined;
