import { decisive, fromStore, insertRevocation, maxTimeMS } from '@gapless/shared/outbox';
import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Session, SessionStore } from '../domain/session-store.ts';
import { readTogether } from '../read-together.ts';
import { inTransaction } from './transaction.ts';

interface SessionRow {
  readonly _id: SessionId;
  readonly u: UserId;
  readonly ep?: number;
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

const toSession = ({ _id, u, ep = 0, cur, prev, ...rest }: SessionRow): Session => ({
  ...rest,
  epoch: ep,
  id: _id,
  user: u,
  current: cur,
  ...(prev === undefined ? {} : { previous: prev }),
});

/** `revokedForMs`: how long the edges must remember that a session has ended. */
export function createSessionStore(client: MongoClient, db: Db, revokedForMs: number): SessionStore {
  const sessions = db.collection<SessionRow>('sessions', decisive);

  async function endSession(session: ClientSession, id: SessionId, now: Date): Promise<Revocation | undefined> {
    const within = db.collection<SessionRow>('sessions');
    const until = new Date(now.getTime() + revokedForMs);
    // Kept as long as its tokens may come.
    const end = { $set: { revokedAt: { $ifNull: ['$revokedAt', now] }, until: { $max: ['$until', until] } } };
    const row = await within.findOneAndUpdate({ _id: id }, [end], { session, maxTimeMS });
    if (row === null) return undefined;
    const revocation: Revocation = { kind: 'session', user: row.u, session: id, until: until.getTime() };
    await insertRevocation(db, session, revocation);
    return revocation;
  }

  return {
    async add({ id, user, epoch, current, secret, rotatedAt, createdAt, until }) {
      const row = { _id: id, u: user, ep: epoch, secret, cur: current, rotatedAt, createdAt, until };
      await fromStore('opening a session', sessions.insertOne(row));
    },
    get: readTogether(async (ids: readonly SessionId[]) => {
      const found = sessions.find({ _id: { $in: [...ids] } }, { maxTimeMS }).toArray();
      return new Map((await fromStore('reading sessions', found)).map((row) => [row._id, toSession(row)]));
    }),
    async rotate(id, { current, next, now, until }) {
      const filter = { _id: id, cur: current, until: { $gt: now }, revokedAt: { $exists: false } };
      const change = { $set: { cur: next, prev: current, rotatedAt: now, until } };
      const found = sessions.findOneAndUpdate(filter, change, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('rotating a session', found)) !== null;
    },
    revoke: (id, now) => inTransaction(client, (session) => endSession(session, id, now)),
  };
}
