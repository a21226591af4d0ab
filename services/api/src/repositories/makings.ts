import { maxTimeMS } from '@gapless/shared/outbox';
import type { ClientSession, Db } from 'mongodb';
import type { Making, Makings } from '../domain/once.ts';

interface MakingRow {
  readonly _id: string;
  readonly made: string;
  readonly asked: string;
  readonly until: Date;
}

export const makingIndexes = [{ key: { until: 1 }, name: 'until', expireAfterSeconds: 0 }] as const;

const keyOf = ({ user, command, clientId }: Making): string => `${user}:${command}:${clientId}`;

/** Two transactions that note the same making collide: one of them starts over and finds what the other noted. */
export function makingsWithin(db: Db, session: ClientSession): Makings {
  const makings = db.collection<MakingRow>('makings');
  return {
    async find(making) {
      const row = await makings.findOne({ _id: keyOf(making) }, { session, maxTimeMS });
      return row === null ? undefined : { id: row.made, asked: row.asked };
    },
    async add(making, { id, asked, until }) {
      await makings.insertOne({ _id: keyOf(making), made: id, asked, until }, { session });
    },
  };
}
