import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { SessionId, UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Session, SessionStore } from '../domain/session-store.ts';

interface SessionRow {
  readonly _id: SessionId;
  readonly u: UserId;
  readonly secret: string;
  readonly cur: string;
  readonly prev?: string;
  readonly rotatedAt: Date;
  readonly createdAt: Date;
  readonly until: Date;
  readonly revokedAt?: Date;
}

export const sessionIndexes = [
  { key: { u: 1 }, name: 'user' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

const toSession = ({ _id, u, cur, prev, ...rest }: SessionRow): Session => ({
  ...rest,
  id: _id,
  user: u,
  current: cur,
  ...(prev === undefined ? {} : { previous: prev }),
});

export function createSessionStore(db: Db): SessionStore {
  const sessions = db.collection<SessionRow>('sessions', decisive);
  return {
    async add({ id, user, current, secret, rotatedAt, createdAt, until }) {
      const row = { _id: id, u: user, secret, cur: current, rotatedAt, createdAt, until };
      await fromStore('opening a session', sessions.insertOne(row));
    },
    async get(id) {
      const row = await fromStore('reading a session', sessions.findOne({ _id: id }, { maxTimeMS }));
      return row === null ? undefined : toSession(row);
    },
    async rotate(id, { current, next, now, until }) {
      const filter = { _id: id, cur: current, until: { $gt: now }, revokedAt: { $exists: false } };
      const change = { $set: { cur: next, prev: current, rotatedAt: now, until } };
      const found = sessions.findOneAndUpdate(filter, change, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('rotating a session', found)) !== null;
    },
    async revoke(id, now) {
      const filter = { _id: id, revokedAt: { $exists: false } };
      await fromStore('closing a session', sessions.updateOne(filter, { $set: { revokedAt: now } }));
    },
  };
}
