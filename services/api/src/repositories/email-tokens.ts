import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { AccountChange } from '../domain/accounts/account-changes.ts';
import type { EmailTokenStore } from '../domain/accounts/email-token-store.ts';
import type { EmailToken, EmailTokenKind } from '../domain/accounts/email-tokens.ts';

interface EmailTokenRow {
  /** Hash of the token. */
  readonly _id: string;
  readonly kind: EmailTokenKind;
  readonly email: string;
  readonly u?: UserId;
  readonly nick?: string;
  readonly pw?: string;
  readonly until: Date;
}

const collection = 'email_tokens';

export async function createEmailTokenIndexes(db: Db): Promise<void> {
  await db.collection(collection).createIndexes([
    { key: { email: 1, kind: 1, until: -1 }, name: 'email' },
    { key: { u: 1 }, name: 'user', sparse: true },
    { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
  ]);
}

const toToken = ({ _id, kind, email, u, nick, pw, until }: EmailTokenRow): EmailToken => ({
  hash: _id,
  kind,
  email,
  until,
  ...(u === undefined ? {} : { user: u }),
  ...(nick === undefined || pw === undefined ? {} : { signUp: { nickname: nick, passwordHash: pw } }),
});

const fromToken = ({ hash, kind, email, user, signUp, until }: EmailToken): EmailTokenRow => ({
  _id: hash,
  kind,
  email,
  until,
  ...(user === undefined ? {} : { u: user }),
  ...(signUp === undefined ? {} : { nick: signUp.nickname, pw: signUp.passwordHash }),
});

export function createEmailTokenStore(db: Db): EmailTokenStore {
  const tokens = db.collection<EmailTokenRow>(collection, decisive);
  return {
    async find(hash, kinds, now) {
      const found = tokens.findOne({ _id: hash, kind: { $in: [...kinds] }, until: { $gt: now } }, { maxTimeMS });
      const row = await fromStore('reading an e-mail token', found);
      return row === null ? undefined : toToken(row);
    },
    async waitingSignUp(email, now) {
      const filter = { email, kind: 'sign-up' as const, until: { $gt: now } };
      const found = tokens.findOne(filter, { sort: { until: -1 }, maxTimeMS });
      const row = await fromStore('reading a sign-up', found);
      return row === null ? undefined : toToken(row);
    },
  };
}

/** Part of a transaction. */
export function emailTokensWithin(
  db: Db,
  session: ClientSession,
): Pick<AccountChange, 'issue' | 'redeem' | 'voidTokens'> {
  const tokens = db.collection<EmailTokenRow>(collection);
  return {
    async issue(token) {
      await tokens.insertOne(fromToken(token), { session });
    },
    async redeem(hash, kinds, now) {
      const filter = { _id: hash, kind: { $in: [...kinds] }, until: { $gt: now } };
      const row = await tokens.findOneAndDelete(filter, { session, maxTimeMS });
      return row === null ? undefined : toToken(row);
    },
    async voidTokens({ id, email }) {
      await tokens.deleteMany({ u: id }, { session, maxTimeMS });
      await tokens.deleteMany({ email }, { session, maxTimeMS });
    },
  };
}
