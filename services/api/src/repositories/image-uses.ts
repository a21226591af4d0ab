import { randomBytes } from 'node:crypto';
import { Failure } from '@gapless/shared/errors';
import { maxTimeMS } from '@gapless/shared/outbox';
import { type FileRow, type FileUseRow, imageUseId, unusedFileMs } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import { addressOfImage, type ImageUses, imageAt } from '../domain/files/image-uses.ts';

export const imageUseIndexes = [
  { key: { pub: 1 }, name: 'image', unique: true, partialFilterExpression: { pub: { $exists: true } } },
] as const;

/** Between the end of a use and a look at its file: whoever has the page open still sees it. */
const graceMs = 3_600_000;
const nameBytes = 18;

export function imageUsesWithin(db: Db, session: ClientSession): ImageUses {
  const files = db.collection<FileRow>('files');
  const uses = db.collection<FileUseRow>('file_uses');
  const options = { session, maxTimeMS };
  const inMs = (ms: number) => new Date(Date.now() + ms);

  return {
    async take({ owner, by, file }) {
      // Moving its date first collides with whoever collects it: one of the two starts over.
      const taken = { $set: { until: inMs(unusedFileMs) } };
      const found = await files.findOneAndUpdate({ _id: file, u: by, state: 'ready' }, taken, options);
      if (found === null) throw new Failure('not_found', { detail: 'No such file' });
      if (found.thumb === undefined) throw new Failure('file_unfit', { detail: 'This file is no image' });
      const _id = imageUseId(owner, file);
      const shown = await uses.findOne({ _id }, options);
      if (shown?.pub !== undefined) return addressOfImage(shown.pub);
      const pub = randomBytes(nameBytes).toString('base64url');
      await uses.insertOne({ _id, f: file, pub }, { session });
      return addressOfImage(pub);
    },
    async end(address) {
      const pub = imageAt(address);
      if (pub === undefined) return;
      const ended = await uses.findOneAndDelete({ pub }, options);
      if (ended !== null) await files.updateOne({ _id: ended.f }, { $min: { until: inMs(graceMs) } }, options);
    },
  };
}
