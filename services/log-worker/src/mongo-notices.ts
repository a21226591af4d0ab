import { decisive, fromStore, insertOutboxRows, inTransaction, maxTimeMS, newInboxRow } from '@gapless/shared/outbox';
import { type NoticeEvent, type NoticeRow, noticeIndexes, type RoomId, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Condition, Db } from 'mongodb';
import type { NoticeJobs } from './notices.ts';

/** Whom to tell, and up to whom that is. */
interface NextOnes {
  readonly told: readonly UserId[];
  /** `undefined`: nobody is left. */
  readonly last: UserId | undefined;
}

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

  const users = db.collection<{ _id: UserId; off?: boolean }>('users', decisive);
  async function enabled(ids: Condition<UserId>, limit: number): Promise<UserId[]> {
    const found = users.find({ _id: ids, off: { $ne: true } }, { projection: { _id: 1 }, maxTimeMS });
    return (await fromStore('reading users', found.sort({ _id: 1 }).limit(limit).toArray())).map(({ _id }) => _id);
  }

  async function membersOf(r: RoomId, upTo: UserId, limit: number): Promise<UserId[]> {
    const members = db.collection<{ u: UserId; r: string; out: boolean }>('members', decisive);
    const options = { projection: { _id: 0, u: 1 }, maxTimeMS } as const;
    const found = members
      .find({ r, out: false, u: { $gt: upTo } }, options)
      .sort({ u: 1 })
      .limit(limit)
      .toArray();
    return (await fromStore('reading members', found)).map(({ u }) => u);
  }

  /** By their ids, which rise with time: who signed up after the notice has a higher one than it. */
  async function nextOf({ _id, us, r, upTo }: NoticeRow, limit: number): Promise<NextOnes> {
    const after = upTo as UserId;
    if (us === undefined && r === undefined) {
      const told = await enabled({ $gt: after, $lt: _id as string as UserId }, limit);
      return { told, last: told.at(-1) };
    }
    const named = us?.filter((user) => user > after).slice(0, limit) ?? (await membersOf(r as RoomId, after, limit));
    return { told: await enabled({ $in: named }, limit), last: named.at(-1) };
  }

  /** `false`: somebody else was faster, and nothing is written. */
  async function tell(session: ClientSession, notice: NoticeRow, { told, last }: NextOnes): Promise<boolean> {
    const { _id, upTo, text, u } = notice;
    const change = {
      ...(last === undefined ? {} : { $set: { upTo: last }, $inc: { told: told.length } }),
      $unset: { lease: '' as const, ...(last === undefined ? { waits: '' as const } : {}) },
    };
    const within = db.collection<NoticeRow>('notices');
    const { matchedCount } = await within.updateOne({ _id, upTo, waits: true }, change, { session, maxTimeMS });
    if (matchedCount === 0) return false;
    const at = Date.now();
    const rowFor = (r: UserId) => newInboxRow(r, { v: 1, t: 'notice', r, u, at, text } satisfies NoticeEvent);
    if (told.length > 0) await insertOutboxRows(db, session, told.map(rowFor));
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
      return (await inTransaction(db.client, (session) => tell(session, notice, next))) ? next.told : [];
    },
  };
}
