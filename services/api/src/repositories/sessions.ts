import { decisive, fromStore, insertRevocation, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, Filter, MongoClient } from 'mongodb';
import type { Session, SessionStore } from '../domain/accounts/session-store.ts';
import { readTogether } from '../read-together.ts';

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
  readonly device?: string;
  /** Until it is revoked. */
  readonly live?: true;
}

/** Most sessions that end in one transaction; an account has fewer that live. */
const atOnce = 1_000;

export const sessionIndexes = [
  { key: { u: 1 }, name: 'user' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

/** May be repeated. */
export async function indexLivingSessions(db: Db): Promise<void> {
  const sessions = db.collection<SessionRow>('sessions', decisive);
  const key = { u: 1, ep: 1, _id: -1 } as const;
  await sessions.createIndex(key, { name: 'living', partialFilterExpression: { live: true } });
  await sessions.updateMany({ revokedAt: { $exists: false } }, { $set: { live: true } });
}

const toSession = ({ _id, u, ep = 0, cur, prev, live: _, ...rest }: SessionRow): Session => ({
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
    const row = await within.findOneAndUpdate({ _id: id }, endedAt(now, until), { session, maxTimeMS });
    if (row === null) return undefined;
    const revocation: Revocation = { kind: 'session', user: row.u, session: id, until: until.getTime() };
    await insertRevocation(db, session, revocation);
    return revocation;
  }

  return {
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
    async living(user, epoch, now, limit) {
      const filter = { ...livingOf(user, epoch), until: { $gt: now } };
      const found = sessions.find(filter, { sort: { _id: -1 }, limit, maxTimeMS }).toArray();
      return (await fromStore('listing sessions', found)).map(toSession);
    },
    revoke: (id, now) => inTransaction(client, (session) => endSession(session, id, now)),
  };
}

/** Kept as long as its tokens may come. */
const endedAt = (now: Date, until: Date) => [
  { $set: { revokedAt: { $ifNull: ['$revokedAt', now] }, until: { $max: ['$until', until] } } },
  { $unset: 'live' },
];

const livingOf = (user: UserId, epoch: number): Filter<SessionRow> => ({ u: user, ep: epoch, live: true });

/** Part of a transaction. */
export function sessionsWithin(db: Db, session: ClientSession, revokedForMs: number) {
  const sessions = db.collection<SessionRow>('sessions');
  return {
    async add({ id, user, epoch, current, secret, rotatedAt, createdAt, until, device }: Session): Promise<void> {
      const whose = { _id: id, u: user, ep: epoch, live: true } as const;
      const row = { ...whose, secret, cur: current, rotatedAt, createdAt, until };
      await sessions.insertOne(device === undefined ? row : { ...row, device }, { session });
    },
    /** Ends those that live: all but one, or all but the newest. */
    async end(
      { user, epoch, now }: { user: UserId; epoch: number; now: Date },
      but: { readonly keep: SessionId } | { readonly newest: number },
    ): Promise<readonly Revocation[]> {
      const skip = 'newest' in but ? but.newest : 0;
      const filter = { ...livingOf(user, epoch), ...('keep' in but ? { _id: { $ne: but.keep } } : {}) };
      const options = { session, maxTimeMS, projection: { _id: 1 }, sort: { _id: -1 }, skip, limit: atOnce } as const;
      const ids = (await sessions.find(filter, options).toArray()).map(({ _id }) => _id);
      if (ids.length === 0) return [];
      const until = new Date(now.getTime() + revokedForMs);
      await sessions.updateMany({ _id: { $in: ids } }, endedAt(now, until), { session, maxTimeMS });
      const ended = ids.map((id): Revocation => ({ kind: 'session', user, session: id, until: until.getTime() }));
      for (const revocation of ended) await insertRevocation(db, session, revocation);
      return ended;
    },
  };
}
