import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type BlockRow, blockRowId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { AreBlocked } from '../domain/write-gate.ts';

export function createAreBlocked(db: Db): AreBlocked {
  const blocks = db.collection<BlockRow>('blocks', decisive);
  return async (a, b) => {
    const either = { _id: { $in: [blockRowId(a, b), blockRowId(b, a)] } };
    return (await fromStore('reading blocks', blocks.findOne(either, { maxTimeMS }))) !== null;
  };
}
