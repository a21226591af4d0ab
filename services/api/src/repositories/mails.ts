import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { newId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { AccountChange } from '../domain/accounts/account-changes.ts';
import type { Mail, MailKind } from '../domain/accounts/mail.ts';
import type { MailStore } from '../domain/accounts/mail-store.ts';

interface MailRow {
  readonly _id: string;
  readonly kind: MailKind;
  readonly to: string;
  readonly seed?: string;
  readonly createdAt: Date;
  readonly until: Date;
  /** Nobody takes it before this time. */
  readonly due: Date;
  readonly tries: number;
  readonly lease?: string;
}

const collection = 'mails';
/** Whoever sends them says first that a mail was too old. */
const afterlifeS = 3_600;

export async function createMailIndexes(db: Db): Promise<void> {
  await db.collection(collection).createIndexes([
    { key: { due: 1 }, name: 'due' },
    { key: { until: 1 }, name: 'until', expireAfterSeconds: afterlifeS },
  ]);
}

const toMail = ({ _id, kind, to, seed, createdAt, until }: MailRow): Mail => ({
  id: _id,
  kind,
  to,
  createdAt,
  until,
  ...(seed === undefined ? {} : { seed }),
});

export function createMailStore(db: Db): MailStore {
  const mails = db.collection<MailRow>(collection, decisive);
  return {
    async take(now, until) {
      const lease = newId();
      const change = { $set: { due: until, lease }, $inc: { tries: 1 } };
      const options = { sort: { due: 1 }, returnDocument: 'after', maxTimeMS } as const;
      const row = await fromStore('taking a mail', mails.findOneAndUpdate({ due: { $lte: now } }, change, options));
      return row === null ? undefined : { ...toMail(row), tries: row.tries, lease };
    },
    async done({ id, lease }) {
      await fromStore('noting a sent mail', mails.deleteOne({ _id: id, lease }, { maxTimeMS }));
    },
    async postpone({ id, lease }, due) {
      const change = mails.updateOne({ _id: id, lease }, { $set: { due } }, { maxTimeMS });
      await fromStore('postponing a mail', change);
    },
    waiting: () => fromStore('counting mails', mails.estimatedDocumentCount({ maxTimeMS })),
    async newest(limit) {
      // Ids grow with time.
      const found = mails.find({}, { sort: { _id: -1 }, limit, maxTimeMS }).toArray();
      return (await fromStore('listing mails', found)).map(toMail);
    },
  };
}

/** Part of the transaction that the mail tells of. */
export function mailsWithin(db: Db, session: ClientSession): Pick<AccountChange, 'post'> {
  const mails = db.collection<MailRow>(collection);
  return {
    async post({ id, kind, to, seed, createdAt, until }) {
      const row = { _id: id, kind, to, createdAt, until, due: createdAt, tries: 0 };
      await mails.insertOne(seed === undefined ? row : { ...row, seed }, { session });
    },
  };
}
