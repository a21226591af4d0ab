import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import { type AccountRole, type CustomData, nicknameKey, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, Filter, MongoClient } from 'mongodb';
import { nicknameSearchKey } from '../domain/accounts/names.ts';
import { imageAsked } from '../domain/files/image-uses.ts';
import type { Profile, ProfileChange, ProfileStore } from '../domain/people/profile-store.ts';
import { whichIsTaken } from './accounts.ts';
import { formerNicknames } from './former-nicknames.ts';
import { imageUsesWithin } from './image-uses.ts';
import { type NicknameFields, nicknameFields } from './nickname-fields.ts';

/** What of a user's row is his profile. */
interface ProfileRow extends NicknameFields {
  readonly _id: UserId;
  readonly email?: string;
  /** Nobody has shown that he reads the address. */
  readonly unproven?: boolean;
  readonly role: AccountRole;
  readonly createdAt: Date;
  readonly off?: boolean;
  readonly img?: string;
  /** JSON text: keys that people choose never become field names. */
  readonly custom?: string;
  readonly byMail?: boolean;
  /** How often the profile was changed, or what else is shown of the user. */
  readonly pver?: number;
}

export const profileIndexes = [
  { key: { off: 1, seek: 1 }, name: 'search' },
  // In place of `email`: not everybody has an address that we know.
  { key: { email: 1 }, name: 'email~2', unique: true, sparse: true },
] as const;

const toProfile = ({ img, custom, email, byMail, pver, off, ...row }: ProfileRow): Profile => ({
  id: row._id,
  nickname: row.nick,
  role: row.role,
  createdAt: row.createdAt,
  findableByEmail: byMail === true,
  version: 1 + (pver ?? 0),
  disabled: off === true,
  ...(email === undefined ? {} : { email }),
  ...(img === undefined ? {} : { image: img }),
  ...(custom === undefined ? {} : { custom: JSON.parse(custom) as CustomData }),
});

const projection = {
  nick: 1,
  nickKey: 1,
  seek: 1,
  role: 1,
  createdAt: 1,
  off: 1,
  img: 1,
  custom: 1,
  byMail: 1,
} as const;
const options = { projection: { ...projection, email: 1, pver: 1 }, maxTimeMS };

/** `nicknameKeptMs`: how long a nickname that was given up is nobody else's. */
export function createProfileStore(client: MongoClient, db: Db, nicknameKeptMs: number): ProfileStore {
  const users = db.collection<ProfileRow>('users', decisive);
  const one = async (filter: Filter<ProfileRow>) => {
    const row = await fromStore('reading a profile', users.findOne(filter, options));
    return row === null ? undefined : toProfile(row);
  };

  async function change(
    session: ClientSession,
    id: UserId,
    asked: ProfileChange,
    expected: number | undefined,
    now: Date,
  ) {
    const within = db.collection<ProfileRow>('users');
    const row = await within.findOne({ _id: id }, { ...options, session });
    if (row === null) return undefined;
    if (expected !== undefined && expected !== toProfile(row).version) throw new Failure('stale');
    const images = imageUsesWithin(db, session);
    const image = await imageAsked(images, asked, { owner: id, by: id });
    const fields = changedFields(row, { ...asked, image });
    if (Object.keys(fields.set).length + Object.keys(fields.unset).length === 0) return toProfile(row);
    if (fields.set.img !== undefined || fields.unset.img !== undefined) await images.end(row.img);
    const { nick, nickKey } = { ...row, ...fields.set };
    if (nickKey !== row.nickKey) {
      const former = formerNicknames(db, session);
      await former.claim(nick, id, now);
      await former.keep(row.nick, id, new Date(now.getTime() + nicknameKeptMs));
    }
    const update = { $set: fields.set, $unset: fields.unset, $inc: { pver: 1 } };
    const changed = await within.findOneAndUpdate({ _id: id }, update, {
      ...options,
      session,
      returnDocument: 'after',
    });
    return changed === null ? undefined : toProfile(changed);
  }

  return {
    withId: (id) => one({ _id: id }),
    withNickname: (nickname) => one({ nickKey: nicknameKey(nickname) }),
    withEmail: (email) => one({ email, unproven: { $ne: true } }),
    async change(id, asked, { expected, now }) {
      try {
        return await inTransaction(client, (session) => change(session, id, asked, expected, now));
      } catch (error) {
        if (whichIsTaken(error) === 'nickname_taken') throw new Failure('nickname_taken');
        throw error;
      }
    },
    async withPrefix(prefix, { after, limit }) {
      const found = users.find(prefixFilter(prefix, after), options).sort({ seek: 1 }).limit(limit).toArray();
      return (await fromStore('searching users', found)).map(toProfile);
    },
  };
}

const rowsAtOnce = 1_000;

/** Gives every user who has none yet the key by which he is found. May be broken off and run again. */
export async function completeProfiles(db: Db): Promise<void> {
  const users = db.collection<ProfileRow>('users', decisive);
  for (;;) {
    const bare = users.find({ seek: { $exists: false } }, { projection: { nick: 1 }, maxTimeMS });
    const rows = await fromStore('reading users', bare.limit(rowsAtOnce).toArray());
    if (rows.length === 0) return;
    const updates = rows.map(({ _id, nick }) => ({
      updateOne: { filter: { _id }, update: { $set: { seek: nicknameSearchKey(nick) } } },
    }));
    await fromStore('completing users', users.bulkWrite(updates, { ordered: false }));
  }
}

const lastCharacter = '\u{10ffff}';

/** One range of one index, in its order: no two nicknames have the same key. */
export function prefixFilter(prefix: string, after?: string): Filter<ProfileRow> {
  const begin = after === undefined ? { $gte: prefix } : { $gt: after };
  return { off: { $exists: false }, seek: { ...begin, $lt: `${prefix}${lastCharacter}` } };
}

interface ChangedFields {
  readonly set: Partial<{ -readonly [K in keyof ProfileRow]: ProfileRow[K] }>;
  readonly unset: Partial<Record<'img' | 'custom', 1>>;
}

/** Only what differs: a change that changes nothing leaves the version. */
function changedFields(row: ProfileRow, { nickname, image, custom, findableByEmail }: ProfileChange): ChangedFields {
  const { set, unset }: ChangedFields = { set: {}, unset: {} };
  if (nickname !== undefined && nickname !== row.nick) {
    Object.assign(set, nicknameFields(nickname));
  }
  const text = custom && JSON.stringify(custom);
  for (const [name, value] of [
    ['img', image],
    ['custom', text],
  ] as const) {
    if (value === null && row[name] !== undefined) unset[name] = 1;
    else if (typeof value === 'string' && value !== row[name]) set[name] = value;
  }
  if (findableByEmail !== undefined && findableByEmail !== (row.byMail === true)) set.byMail = findableByEmail;
  return { set, unset };
}
