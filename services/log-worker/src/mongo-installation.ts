import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { newId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Installation } from './installation.ts';

export function createMongoInstallation(db: Db): Installation {
  const rows = db.collection<{ _id: string; gen: string }>('installation', decisive);
  return {
    async generation() {
      const filter = { _id: 'installation' };
      const found = await fromStore('reading the installation', rows.findOne(filter, { maxTimeMS }));
      if (found !== null) return found.gen;
      // The first of several workers decides.
      const first = rows.findOneAndUpdate(
        filter,
        { $setOnInsert: { gen: newId() } },
        { upsert: true, returnDocument: 'after', maxTimeMS },
      );
      const made = await fromStore('founding the installation', first);
      return made?.gen ?? '';
    },
  };
}
