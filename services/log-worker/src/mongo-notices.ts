import { decisive, fromStore, insertOutboxRows, inTransaction, maxTimeMS, newInboxRow } from '@gapless/shared/outbox';
import { type NoticeEvent, type NoticeRow, noticeIndexes, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { NoticeJobs } from './notices.ts';

/** Who told some and died is waited for so long. */
const leaseMs = 10_000;

export function createMongoNotices(db: Db): NoticeJobs {
  const notices = db.collection<NoticeRow>('notices', decisive);

  async function take(): Promise<NoticeRow | null> {
    const isFree = { $or: [{ lease: { $exists: false } }, { $expr: { $lt: ['$lease', '$$NOW'] } }] };
    const lease = [{ $set: { lease: { $add: ['$$NOW', leaseMs] } } }];
    const options = { sort: { _id: 1 }, maxTimeMS, returnDocument: 'after' } as const;
    return fromStore('taking a notice', notices.findOneAndUpdate({ waits: true, ...isFree }, lease, options));
  }

  /** The next ones by their ids. */
  async function nextOf({ us, r, upTo }: NoticeRow, limit: number): Promise<UserId[]> {
    if (us !== undefined) return active(us.filter((user) => user > upTo).slice(0, limit));
    if (r === undefined) return enabled({ $gt: upTo as UserId }, limit);
    const members = db.collection<{ u: UserId; r: string; out: boolean }>('members', decisive);
    const filter = { r, out: false, u: { $gt: upTo as UserId } };
    const options = { projection: { _id: 0, u: 1 }, maxTimeMS } as const;
    const found = members.find(filter, options).sort({ u: 1 }).limit(limit).toArray();
    return (await fromStore('reading members', found)).map(({ u }) => u);
  }

  const users = db.collection<{ _id: UserId; off?: boolean }>('users', decisive);
  async function enabled(among: object, limit: number): Promise<UserId[]> {
    const options = { projection: { _id: 1 }, maxTimeMS } as const;
    const found = users
      .find({ _id: among as never }, options)
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return (await fromStore('reading users', found)).map(({ _id }) => _id);
  }
  const active = (named: readonly UserId[]) => enabled({ $in: [...named] }, Math.max(1, named.length));

  /** `false`: somebody else was faster, and nothing is written. */
  async function tell(session: ClientSession, notice: NoticeRow, next: readonly UserId[], limit: number) {
    const { _id, upTo, text, u } = notice;
    const last =
      notice.us
        ?.filter((user) => user > upTo)
        .slice(0, limit)
        .at(-1) ?? next.at(-1);
    const isLast = last === undefined;
    const change = {
      ...(last === undefined ? {} : { $set: { upTo: last }, $inc: { told: next.length } }),
      $unset: { lease: '' as const, ...(isLast ? { waits: '' as const } : {}) },
    };
    const within = db.collection<NoticeRow>('notices');
    const { matchedCount } = await within.updateOne({ _id, upTo, waits: true }, change, { session, maxTimeMS });
    if (matchedCount === 0) return false;
    const at = Date.now();
    const eventFor = (r: UserId): NoticeEvent => ({ v: 1, t: 'notice', r, u, at, text });
    if (next.length > 0)
      await insertOutboxRows(
        db,
        session,
        next.map((user) => newInboxRow(user, eventFor(user))),
      );
    return true;
  }

  return {
    async prepare() {
      await fromStore('indexing notices', notices.createIndexes([...noticeIndexes]));
    },
    async tellSome(limit) {
      const notice = await take();
      if (notice === null) return undefined;
      const next = await nextOf(notice, limit);
      const isTold = await inTransaction(db.client, (session) => tell(session, notice, next, limit));
      return isTold ? next : [];
    },
  };
}
