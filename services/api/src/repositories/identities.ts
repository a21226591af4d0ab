import { createHash } from 'node:crypto';
import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { ForeignPerson, IdentityStore } from '../domain/accounts/identity-store.ts';
import { whichIsTaken } from './accounts.ts';
import { formerNicknames } from './former-nicknames.ts';
import { violatedIndex } from './mongo.ts';
import { nicknameFields } from './nickname-fields.ts';

interface IdentityRow {
  /** Made of issuer and subject, which may be long and hold anything. */
  readonly _id: string;
  readonly iss: string;
  readonly sub: string;
  readonly u: UserId;
  readonly at: Date;
}

const rowId = ({ issuer, subject }: ForeignPerson): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url');

export async function findIdentity(
  db: Db,
  person: ForeignPerson,
  session?: ClientSession,
): Promise<UserId | undefined> {
  const identities = db.collection<IdentityRow>('identities', session === undefined ? decisive : {});
  const options = { projection: { u: 1 }, maxTimeMS, ...(session === undefined ? {} : { session }) };
  return (await fromStore('looking an identity up', identities.findOne({ _id: rowId(person) }, options)))?.u;
}

export async function addIdentity(
  db: Db,
  session: ClientSession,
  person: ForeignPerson,
  { id, now }: { readonly id: UserId; readonly now: Date },
): Promise<void> {
  const { issuer: iss, subject: sub } = person;
  const row = { _id: rowId(person), iss, sub, u: id, at: now };
  await db.collection<IdentityRow>('identities').insertOne(row, { session });
}

export function createIdentityStore(client: MongoClient, db: Db): IdentityStore {
  const find = (person: ForeignPerson) => findIdentity(db, person);

  async function insert(
    session: ClientSession,
    person: ForeignPerson,
    { id, nickname, now }: { id: UserId; nickname: string; now: Date },
  ): Promise<void> {
    await addIdentity(db, session, person, { id, now });
    const names = nicknameFields(nickname);
    await formerNicknames(db, session).claim(nickname, id, now);
    // Neither an address nor a password: nobody logs in to it here.
    const user = { ...names, role: 'user', createdAt: now };
    await db.collection<{ _id: UserId }>('users').insertOne({ _id: id, ...user }, { session });
  }

  return {
    find,
    async add(person, user) {
      try {
        await inTransaction(client, (session) => insert(session, person, user));
        return user.id;
      } catch (error) {
        if (whichIsTaken(error) === 'nickname_taken') throw new Failure('nickname_taken');
        if (violatedIndex(error) !== '_id_') throw error;
      }
      const first = await find(person);
      if (first === undefined) throw new Failure('busy', { detail: 'The identity is being made' });
      return first;
    },
  };
}
