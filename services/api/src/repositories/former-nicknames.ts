import { Failure } from '@gapless/shared/errors';
import { maxTimeMS } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';

interface FormerNicknameRow {
  /** The nickname's key. */
  readonly _id: string;
  /** Who gave it up, and may have it back. */
  readonly u: UserId;
  readonly until: Date;
}

export const formerNicknameIndexes = [
  { key: { u: 1 }, name: 'user' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

/** How many one user keeps from others: else he could keep a whole language. */
const keptByOne = 5;

/**
 * Nicknames given up not long ago, which nobody else may take: messages and links still carry them. Part of the transaction
 * that takes a nickname, so that it cannot be given up in between unseen: who writes the same nickname loses the race.
 */
export function formerNicknames(db: Db, session: ClientSession) {
  const rows = db.collection<FormerNicknameRow>('former_nicknames');
  return {
    /** Rejects with `nickname_taken` while it is kept for somebody else. */
    async claim(key: string, user: UserId, now: Date): Promise<void> {
      const row = await rows.findOne({ _id: key }, { session, maxTimeMS });
      if (row === null) return;
      if (row.u !== user && row.until > now) throw new Failure('nickname_taken');
      await rows.deleteOne({ _id: key }, { session });
    },
    async keep(key: string, user: UserId, until: Date): Promise<void> {
      const kept = await rows.countDocuments({ u: user }, { session, maxTimeMS, limit: keptByOne });
      if (kept >= keptByOne) throw new Failure('too_many_nicknames');
      await rows.replaceOne({ _id: key }, { u: user, until }, { session, upsert: true });
    },
  };
}
