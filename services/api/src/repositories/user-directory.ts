import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { AccountRole, CustomData, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, Filter, MongoClient } from 'mongodb';
import type { DirectoryChange, DirectoryStore, NewPerson, Person } from '../domain/admin/user-directory.ts';
import { type UserRow, whichIsTaken } from './accounts.ts';
import { revokeKeysOf } from './api-keys.ts';
import { formerNicknames } from './former-nicknames.ts';
import { addIdentity, findIdentity } from './identities.ts';
import { makingsWithin } from './makings.ts';
import { nicknameFields } from './nickname-fields.ts';
import { voidSessions } from './void-sessions.ts';

interface PersonRow extends UserRow {
  /** JSON text, as `profiles.ts` has it. */
  readonly custom?: string;
}

/** By nickname, whoever is disabled too. */
export const directoryIndexes = [{ key: { seek: 1 }, name: 'all_by_nickname' }] as const;

const projection = { nick: 1, email: 1, unproven: 1, role: 1, createdAt: 1, custom: 1, off: 1, seen: 1 } as const;
const options = { projection, maxTimeMS };

/** No configured issuer has a name like this. */
const byBackEnds = (subject: string) => ({ issuer: 'urn:gapless:external-id', subject });

const toPerson = ({ _id, nick, email, unproven, role, createdAt, custom, off, seen }: PersonRow): Person => ({
  ...{ id: _id, nickname: nick, emailVerified: unproven !== true, role, createdAt, disabled: off === true },
  ...(email === undefined ? {} : { email }),
  ...(custom === undefined ? {} : { custom: JSON.parse(custom) as CustomData }),
  ...(seen === undefined ? {} : { seenAt: seen }),
});

/** `revokedForMs`: how long the edges must remember what has ended. */
export function createDirectoryStore(client: MongoClient, db: Db, revokedForMs: number): DirectoryStore {
  const users = db.collection<PersonRow>('users', decisive);
  const one = async (filter: Filter<PersonRow>) => {
    const row = await fromStore('reading a user', users.findOne(filter, options));
    return row === null ? undefined : toPerson(row);
  };
  const many = async (filter: Filter<PersonRow>, sort: Record<string, 1 | -1>, limit: number) => {
    const found = users.find(filter, options).sort(sort).limit(limit).toArray();
    return (await fromStore('reading users', found)).map(toPerson);
  };

  async function changeRole(session: ClientSession, user: UserId, { role, now }: { role: AccountRole; now: Date }) {
    const within = db.collection<PersonRow>('users');
    const before = await within.findOneAndUpdate({ _id: user }, { $set: { role } }, { session, maxTimeMS });
    if (before === null) return undefined;
    if (role !== 'admin') await revokeKeysOf(db, session, user, now);
    const isPromoted = role === 'admin' && before.role !== 'admin';
    const ended = isPromoted ? await voidSessions(db, session, { user, now, revokedForMs }) : undefined;
    return ended === undefined ? [] : [ended];
  }

  return {
    withId: (id) => one({ _id: id }),
    withEmail: (email) => one({ email }),
    async withExternalId(externalId) {
      const id = await findIdentity(db, byBackEnds(externalId));
      return id === undefined ? undefined : one({ _id: id });
    },
    newest: ({ below, limit }) => many(below === undefined ? {} : { _id: { $lt: below } }, { _id: -1 }, limit),
    withPrefix(prefix, { after, limit }) {
      const begin = after === undefined ? { $gte: prefix } : { $gt: after };
      return many({ seek: { ...begin, $lt: `${prefix}\u{10ffff}` } }, { seek: 1 }, limit);
    },
    setRole: (id, role, now) => inTransaction(client, (session) => changeRole(session, id, { role, now })),
    async run(work) {
      try {
        return await inTransaction(client, (session) => work(changeWithin(db, session)));
      } catch (error) {
        const taken = whichIsTaken(error);
        throw taken === undefined ? error : new Failure(taken, { cause: error });
      }
    },
  };
}

function changeWithin(db: Db, session: ClientSession): DirectoryChange {
  async function insert(id: UserId, { nickname, email, custom }: NewPerson, now: Date): Promise<void> {
    await formerNicknames(db, session).claim(nickname, id, now);
    const row: PersonRow = {
      ...{ _id: id, ...nicknameFields(nickname), role: 'user', createdAt: now },
      ...(email === undefined ? {} : { email, unproven: true }),
      ...(custom === undefined ? {} : { custom: JSON.stringify(custom) }),
    };
    await db.collection<PersonRow>('users').insertOne(row, { session });
  }

  return {
    makings: makingsWithin(db, session),
    withExternalId: (externalId) => findIdentity(db, byBackEnds(externalId), session),
    async add(id, person, now) {
      await insert(id, person, now);
      if (person.externalId !== undefined) await addIdentity(db, session, byBackEnds(person.externalId), { id, now });
    },
  };
}
