import { Failure } from '@gapless/shared/errors';
import { maxTimeMS } from '@gapless/shared/outbox';
import { nicknameKey, nicknameLook, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';

interface FormerNicknameRow {
  /** The nickname's key. */
  readonly _id: string;
  /** Who gave it up, and may have it back. */
  readonly u: UserId;
  readonly until: Date;
  /** Absent where it was given up before looks were kept. */
  readonly look?: string;
}

export const formerNicknameIndexes = [
  { key: { u: 1 }, name: 'user' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

export const formerLookIndexes = [{ key: { look: 1 }, name: 'look', sparse: true }] as const;

/** How many one user keeps from others: else he could keep a whole language. */
const keptByOne = 5;

/**
 * Nicknames given up not long ago, which nobody else may take, nor one that looks the same: messages and links still carry them. Part of the transaction
 * that takes a nickname, so that it cannot be given up in between unseen: who writes the same nickname or look loses the race.
 */
export function formerNicknames(db: Db, session: ClientSession) {
  const rows = db.collection<FormerNicknameRow>('former_nicknames');
  return {
    /** Rejects with `nickname_taken` while it is kept for somebody else. */
    async claim(nickname: string, user: UserId, now: Date): Promise<void> {
      const key = nicknameKey(nickname);
      const kept = { $or: [{ _id: key }, { look: nicknameLook(nickname) }], u: { $ne: user }, until: { $gt: now } };
      if ((await rows.findOne(kept, { session, maxTimeMS })) !== null) throw new Failure('nickname_taken');
      await rows.deleteOne({ _id: key }, { session });
    },
    async keep(nickname: string, user: UserId, until: Date): Promise<void> {
      const kept = await rows.countDocuments({ u: user }, { session, maxTimeMS, limit: keptByOne });
      if (kept >= keptByOne) throw new Failure('too_many_nicknames');
      const row = { u: user, until, look: nicknameLook(nickname) };
      await rows.replaceOne({ _id: nicknameKey(nickname) }, row, { session, upsert: true });
    },
  };
}
