import { decisive, type MemberRow, maxTimeMS, seenStays } from '@gapless/shared/outbox';
import { type RoomId, type RoomKind, type UserId, visibleRanges } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { patiently } from './mongo-patience.ts';
import { createMongoStays } from './mongo-stays.ts';
import { type People, type Place, pairKey, placeKey } from './people.ts';

interface UserRow {
  readonly _id: UserId;
  readonly nickKey: string;
  /** Disabled. */
  readonly off?: boolean;
}

interface RoomRow {
  readonly _id: RoomId;
  readonly kind: RoomKind;
  readonly members: number;
}

export function createMongoPeople(db: Db): People {
  const users = db.collection<UserRow>('users', decisive);
  const members = db.collection<MemberRow>('members', decisive);
  const stays = createMongoStays(db);
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const blocks = db.collection<{ _id: string }>('blocks', decisive);
  const among = <T>(values: readonly T[]) => ({ $in: [...values] });

  return {
    async named(keys) {
      if (keys.length === 0) return new Map();
      const options = { projection: { nickKey: 1, off: 1 }, maxTimeMS };
      const find = () => users.find({ nickKey: among(keys) }, options).toArray();
      const found = await patiently('looking nicknames up', find);
      return new Map(found.flatMap(({ _id, nickKey, off }) => (off === true ? [] : [[nickKey, _id]])));
    },
    async places(of) {
      if (of.length === 0) return new Map();
      const ids = of.map(({ room, user }) => placeKey(room, user));
      const find = () => members.find({ _id: among(ids), out: false }, { maxTimeMS }).toArray();
      const found = await stays.begun(await patiently('reading memberships', find));
      return new Map(found.map((row) => [row._id, toPlace(row)]));
    },
    async rooms(ids) {
      if (ids.length === 0) return new Map();
      const options = { projection: { kind: 1, members: 1 }, maxTimeMS };
      const found = await patiently('reading rooms', () => rooms.find({ _id: among(ids) }, options).toArray());
      return new Map(found.map(({ _id, kind, members: n }) => [_id, { kind, members: n }]));
    },
    async everybody(room, limit) {
      const find = () => members.find({ r: room, out: false }, { maxTimeMS }).limit(limit).toArray();
      return (await stays.begun(await patiently('reading members', find))).map(toPlace);
    },
    async blocked(pairs) {
      if (pairs.length === 0) return new Set();
      const ids = pairs.flatMap(([a, b]) => [pairKey([a, b]), pairKey([b, a])]);
      const find = () => blocks.find({ _id: among(ids) }, { projection: { _id: 1 }, maxTimeMS }).toArray();
      const there = new Set((await patiently('reading blocks', find)).map(({ _id }) => _id));
      return new Set(pairs.filter(([a, b]) => there.has(pairKey([a, b])) || there.has(pairKey([b, a]))).map(pairKey));
    },
  };
}

const toPlace = ({ r: room, u: user, role, since, h, past }: MemberRow): Place => ({
  room,
  user,
  role,
  since,
  sees: visibleRanges({ since, ...(h === undefined ? {} : { own: seenStays(past) }) }),
});
