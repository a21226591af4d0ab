import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { ClientId } from '@gapless/shared/schema';
import { type Db, MongoServerError } from 'mongodb';
import type { TurnStore } from '../domain/messages/turn-store.ts';

interface TurnRow {
  /** `<room>:<user>`. */
  readonly _id: string;
  /** When the turn was taken, by the store's clock, and for which message. */
  readonly at: Date;
  readonly c: ClientId;
  /** Milliseconds until it is free; negative: it was when it was last asked for. */
  readonly left: number;
}

/** Longer than slow mode may be. */
const keptSeconds = 7 * 86_400;

export const turnIndexes = [{ key: { at: 1 }, name: 'at', expireAfterSeconds: keptSeconds }] as const;

const duplicateKey = 11000;

export function createTurnStore(db: Db): TurnStore {
  const turns = db.collection<TurnRow>('turns', decisive);

  const take: TurnStore['take'] = async ({ user, room, clientId, seconds }) => {
    const c = { $literal: clientId };
    // Of a turn that nobody took yet `at` is missing, and compares as 0.
    const end = { $add: [{ $toLong: { $ifNull: ['$at', 0] } }, seconds * 1_000] };
    const left = { $subtract: [end, { $toLong: '$$NOW' }] };
    const free = { $or: [{ $lte: ['$left', 0] }, { $not: [{ $ifNull: ['$at', false] }] }] };
    const stages = [
      { $set: { left: { $cond: [{ $eq: ['$c', c] }, -1, left] } } },
      {
        $set: { at: { $cond: [{ $and: [free, { $ne: ['$c', c] }] }, '$$NOW', '$at'] }, c: { $cond: [free, c, '$c'] } },
      },
    ];
    const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
    const row = await fromStore('taking a turn', turns.findOneAndUpdate({ _id: `${room}:${user}` }, stages, options));
    return row === null || row.c === clientId ? 0 : Math.max(1, Number(row.left));
  };

  return {
    take: async (turn) => {
      try {
        return await take(turn);
      } catch (error) {
        // Two took the first turn at once: the other one has it.
        if (error instanceof MongoServerError && error.code === duplicateKey) return take(turn);
        throw error;
      }
    },
  };
}
