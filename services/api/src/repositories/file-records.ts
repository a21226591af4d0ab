import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type FileRow, type FileUseRow, messageUseId } from '@gapless/shared/schema';
import type { Db, Filter } from 'mongodb';
import type { DueFile, FileRecords, StoredFile } from '../domain/files/file-records.ts';
import { violatedIndex } from './mongo.ts';

export const fileIndexes = [
  { key: { u: 1, c: 1 }, name: 'client_id', unique: true, partialFilterExpression: { c: { $exists: true } } },
  { key: { until: 1 }, name: 'due', partialFilterExpression: { until: { $exists: true } } },
] as const;

export const fileUseIndexes = [
  { key: { f: 1 }, name: 'of_file' },
  { key: { until: 1 }, name: 'due', partialFilterExpression: { until: { $exists: true } } },
] as const;

export const uploadDayIndexes = [{ key: { until: 1 }, name: 'until', expireAfterSeconds: 0 }] as const;

interface UploadDayRow {
  /** `<user>:<date>`. */
  readonly _id: string;
  readonly bytes: number;
  readonly until: Date;
}

interface TurnRow {
  readonly _id: 'collection';
  readonly until: Date;
}

const dayMs = 86_400_000;

export const toStoredFile = ({ _id, u, state, name, type, size, w, h, thumb, hash }: FileRow): StoredFile => ({
  ...{ id: _id, user: u, state, name, type, size },
  ...(w === undefined || h === undefined ? {} : { w, h }),
  ...(thumb === undefined ? {} : { thumbSize: thumb }),
  ...(hash === undefined ? {} : { hash }),
});

export function createFileRecords(db: Db): FileRecords {
  const files = db.collection<FileRow>('files', decisive);
  const uses = db.collection<FileUseRow>('file_uses', decisive);
  const days = db.collection<UploadDayRow>('upload_days', decisive);
  const turns = db.collection<TurnRow>('file_turns', decisive);

  async function one(filter: Filter<FileRow>): Promise<StoredFile | undefined> {
    const row = await fromStore('reading a file', files.findOne(filter, { maxTimeMS }));
    return row === null ? undefined : toStoredFile(row);
  }

  async function change(filter: Filter<FileRow>, update: object): Promise<boolean> {
    const { matchedCount } = await fromStore('noting a file', files.updateOne(filter, update, { maxTimeMS }));
    return matchedCount > 0;
  }

  async function add(row: FileRow): Promise<boolean> {
    try {
      await fromStore('beginning an upload', files.insertOne(row));
      return true;
    } catch (error) {
      if (violatedIndex(error) === 'client_id') return false;
      throw error;
    }
  }

  const abandon: FileRecords['abandon'] = async (id, now) => {
    await change({ _id: id, state: 'up' }, { $set: { state: 'gone', until: now }, $unset: { c: 1 } });
  };

  return {
    abandon,
    async begin({ id, user, clientId, at, until, deadBefore }) {
      const row = { _id: id, u: user, state: 'up', name: '', type: '', size: 0, at, until } as const;
      if (clientId === undefined) {
        await add(row);
        return undefined;
      }
      const own = { ...row, c: clientId };
      if (await add(own)) return undefined;
      const found = files.findOne({ u: user, c: clientId }, { maxTimeMS });
      const first = await fromStore('reading an upload', found);
      if (first !== null && (first.state !== 'up' || first.at >= deadBefore)) return toStoredFile(first);
      if (first !== null) await abandon(first._id, at);
      return (await add(own)) ? undefined : { ...toStoredFile(own), state: 'up' };
    },
    finish: (id, { name, type, size, w, h, thumbSize, hash }, until) =>
      change(
        { _id: id, state: 'up' },
        {
          $set: {
            ...{ state: 'ready', name, type, size, hash, until },
            ...(w === undefined || h === undefined ? {} : { w, h }),
            ...(thumbSize === undefined ? {} : { thumb: thumbSize }),
          },
        },
      ),
    find: (id) => one({ _id: id, state: 'ready' }),
    async findImage(name) {
      const use = await fromStore('reading an image', uses.findOne({ pub: name }, { maxTimeMS }));
      return use === null ? undefined : one({ _id: use.f, state: 'ready' });
    },
    async take(message, ids, { owner, until }) {
      const filter = { _id: { $in: [...ids] }, state: 'ready' as const, ...(owner === undefined ? {} : { u: owner }) };
      const found = await fromStore('reading files', files.find(filter, { maxTimeMS }).toArray());
      if (found.length < ids.length) return undefined;
      // First the files: from here on nobody collects them; whoever was faster is noticed.
      const taken = files.updateMany(filter, { $set: { until } }, { maxTimeMS });
      const { matchedCount } = await fromStore('taking files', taken);
      if (matchedCount < ids.length) return undefined;
      // A repetition leaves what is confirmed as it is; the log worker notes again what ends meanwhile.
      const noted = ids.map((f) => ({
        updateOne: { filter: { _id: messageUseId(message, f) }, update: { $setOnInsert: { f, until } }, upsert: true },
      }));
      await fromStore('noting uses of files', uses.bulkWrite(noted, { ordered: false }));
      const known = new Map(found.map((row) => [row._id, toStoredFile(row)]));
      return ids.flatMap((id) => known.get(id) ?? []);
    },
    async spend(user, day, bytes) {
      const _id = `${user}:${day.toISOString().slice(0, 10)}`;
      const until = new Date(day.getTime() + 2 * dayMs);
      const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
      const update = { $inc: { bytes }, $setOnInsert: { until } };
      const row = await fromStore('counting uploads', days.findOneAndUpdate({ _id }, update, options));
      return row?.bytes ?? bytes;
    },

    async turn(now, until) {
      try {
        const update = turns.updateOne(
          { _id: 'collection', until: { $lte: now } },
          { $set: { until } },
          { upsert: true, maxTimeMS },
        );
        await fromStore('taking a turn', update);
        return true;
      } catch (error) {
        if (violatedIndex(error) === '_id_') return false;
        throw error;
      }
    },
    async dueFiles(now, limit) {
      const found = files
        .find({ until: { $lte: now } }, { maxTimeMS })
        .sort({ until: 1 })
        .limit(limit)
        .toArray();
      const rows = await fromStore('reading files to collect', found);
      return rows.map(({ _id, state, until = now }) => ({ id: _id, state, until }));
    },
    async dueUses(now, limit) {
      const found = uses
        .find({ until: { $lte: now } }, { maxTimeMS })
        .sort({ until: 1 })
        .limit(limit)
        .toArray();
      const rows = await fromStore('reading uses of files', found);
      return rows.map(({ _id, f, until = now }) => ({ id: _id, file: f, until }));
    },
    async isUsed(id) {
      const found = uses.findOne({ f: id }, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('reading uses of a file', found)) !== null;
    },
    keep: async (file) => void (await change(asDue(file), { $unset: { until: 1 } })),
    // In whatever state: it may have been condemned and not be removed.
    putOff: async ({ id, until: due }, until) => void (await change({ _id: id, until: due }, { $set: { until } })),
    async putUseOff({ id, until: due }, until) {
      const put = uses.updateOne({ _id: id, until: due }, { $set: { until } }, { maxTimeMS });
      await fromStore('putting a use of a file off', put);
    },
    condemn: (file) => change(asDue(file), { $set: { state: 'gone' }, $unset: { c: 1 } }),
    forget: async (id) =>
      void (await fromStore('forgetting a file', files.deleteOne({ _id: id, state: 'gone' }, { maxTimeMS }))),
    async confirmUse({ id, until }) {
      const confirmed = uses.updateOne({ _id: id, until }, { $unset: { until: 1 } }, { maxTimeMS });
      await fromStore('confirming the use of a file', confirmed);
    },
    async endUse({ id, file, until }, lookAt) {
      // First the file: whoever dies in between leaves a use behind, which is looked at again.
      // A new time in any case: who has seen the use just before, and keeps the file for it, sees that it is due anew.
      await change({ _id: file }, { $set: { until: lookAt } });
      await fromStore('ending the use of a file', uses.deleteOne({ _id: id, until }, { maxTimeMS }));
    },
  };
}

const asDue = ({ id, state, until }: DueFile): Filter<FileRow> => ({ _id: id, state, until });
