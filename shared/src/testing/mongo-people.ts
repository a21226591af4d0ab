import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { publicJwk } from '../runtime/index.ts';
import {
  accessTokenAudience,
  accessTokenIssuer,
  newId,
  type RoomId,
  type SessionId,
  type UserId,
} from '../schema/index.ts';

/** Somebody who never signed up: good for sockets, not for REST, which asks for his session. */
export interface MintedPerson {
  readonly id: UserId;
  readonly token: string;
}

const rowsAWrite = 1_000;
const lifeSeconds = 3_600;

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** Members of a room written straight into MongoDB, each with a token: that many would take long to sign up. */
export async function mintPeople(
  system: { readonly mongoUrl: string; readonly signingKeyFile: string },
  room: RoomId,
  count: number,
): Promise<MintedPerson[]> {
  const client = await new MongoClient(system.mongoUrl).connect();
  try {
    const db = client.db('gapless');
    const ids = Array.from({ length: count }, () => newId<UserId>());
    const at = new Date();
    for (let from = 0; from < count; from += rowsAWrite) {
      const some = ids.slice(from, from + rowsAWrite);
      await db.collection<Row>('users').insertMany(some.map(accountOf));
      await db.collection<Row>('members').insertMany(some.map((user) => memberOf(room, user, at)));
    }
    const rooms = db.collection<{ _id: string; members: number }>('rooms');
    await rooms.updateOne({ _id: room }, { $inc: { members: count } });
    const tokenOf = minting(readFileSync(system.signingKeyFile, 'utf8'));
    return ids.map((id) => ({ id, token: tokenOf(id) }));
  } finally {
    await client.close();
  }
}

const accountOf = (id: UserId): Row => ({
  ...{ _id: id, email: `${id}@minted.example`, nick: id, nickKey: id, role: 'user' },
});

const memberOf = (r: RoomId, u: UserId, at: Date): Row => ({
  ...{ _id: `${r}:${u}`, r, u, role: 'member', ver: 2, jver: 2, since: 2, out: false, at },
});

/** Access tokens as the api signs them, for whomever. */
export function minting(privateKeyPem: string): (user: UserId) => string {
  const { kid } = publicJwk(privateKeyPem);
  const key = createPrivateKey(privateKeyPem);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  return (sub) => {
    const claims = { sub, sid: newId<SessionId>(), role: 'user', aud: accessTokenAudience, iss: accessTokenIssuer };
    const input = `${part({ alg: 'EdDSA', typ: 'JWT', kid })}.${part({ ...claims, iat: now, exp: now + lifeSeconds })}`;
    return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
  };
}
