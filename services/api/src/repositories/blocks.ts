import { Failure } from '@gapless/shared/errors';
import {
  blockedAmong,
  decisive,
  fromStore,
  insertOutboxRow,
  inTransaction,
  maxTimeMS,
  newQuietRow,
} from '@gapless/shared/outbox';
import { type BlockRow, blockRowId, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Block, BlockStore } from '../domain/people/block-store.ts';
import { pairOf } from '../domain/rooms/direct-rooms.ts';
import type { Sent } from '../domain/rooms/room-changes.ts';
import { pairText, type RoomRow } from './room-rows.ts';

export const blockIndexes = [{ key: { by: 1, n: -1 }, name: 'blocked_by_user' }] as const;

/** Of a user's row: how many he has blocked. */
interface CountingRow {
  readonly _id: UserId;
  readonly nblk?: number;
}

const toBlock = ({ by, u, at, n }: BlockRow): Block => ({ by, user: u, at, place: n });

/** Of transactions that say something about the same two users one comes after the other, and what they read stays true. */
export async function lockPair(db: Db, session: ClientSession, a: UserId, b: UserId): Promise<void> {
  const pairs = db.collection<{ _id: string; n: number }>('pairs');
  await pairs.updateOne({ _id: pairText(pairOf(a, b)) }, { $inc: { n: 1 } }, { session, upsert: true });
}

export function createBlockStore(client: MongoClient, db: Db): BlockStore {
  const blocks = db.collection<BlockRow>('blocks', decisive);

  async function add(session: ClientSession, block: Block, limit: number): Promise<Sent | undefined> {
    const { by, user, at, place } = block;
    const users = db.collection<CountingRow>('users');
    const rows = db.collection<BlockRow>('blocks');
    const _id = blockRowId(by, user);
    if ((await users.findOne({ _id: user }, { session, projection: { _id: 1 }, maxTimeMS })) === null) {
      throw new Failure('not_found', { detail: 'No such user' });
    }
    await lockPair(db, session, by, user);
    if ((await rows.findOne({ _id }, { session, maxTimeMS })) !== null) return undefined;
    const mayBlock = { _id: by, nblk: { $not: { $gte: limit } } };
    const counted = await users.updateOne(mayBlock, { $inc: { nblk: 1 } }, { session });
    if (counted.matchedCount === 0) throw new Failure('too_many_blocks');
    await rows.insertOne({ _id, by, u: user, at, n: place }, { session });
    return announce(session, by, user);
  }

  async function remove(session: ClientSession, by: UserId, user: UserId): Promise<Sent | undefined> {
    await lockPair(db, session, by, user);
    const removed = await db.collection<BlockRow>('blocks').deleteOne({ _id: blockRowId(by, user) }, { session });
    if (removed.deletedCount === 0) return undefined;
    await db.collection<CountingRow>('users').updateOne({ _id: by }, { $inc: { nblk: -1 } }, { session });
    return announce(session, by, user);
  }

  /** Behind `lockPair` a direct room is there, or will see what was written here. */
  async function announce(session: ClientSession, a: UserId, b: UserId): Promise<Sent | undefined> {
    const rooms = db.collection<RoomRow>('rooms');
    const room = await rooms.findOne({ pair: pairText(pairOf(a, b)) }, { session, projection: { ver: 1 }, maxTimeMS });
    if (room === null) return undefined;
    const row = newQuietRow({ room: room._id, ver: room.ver, users: [a, b] });
    await insertOutboxRow(db, session, row);
    return { room: room._id, op: row._id };
  }

  return {
    add: (block, limit) => inTransaction(client, (session) => add(session, block, limit)),
    remove: (by, user) => inTransaction(client, (session) => remove(session, by, user)),
    ofMany: (user, users) => fromStore('reading blocks', blockedAmong(db, user, users)),
    async ofPairs(pairs) {
      if (pairs.length === 0) return [];
      const ids = pairs.flatMap(([a, b]) => [blockRowId(a, b), blockRowId(b, a)]);
      const found = blocks.find({ _id: { $in: ids } }, { projection: { _id: 1 }, maxTimeMS }).toArray();
      const there = new Set((await fromStore('reading blocks', found)).map(({ _id }) => _id));
      return pairs.filter(([a, b]) => there.has(blockRowId(a, b)) || there.has(blockRowId(b, a)));
    },
    async list(by, { below, limit }) {
      const filter = { by, ...(below === undefined ? {} : { n: { $lt: below } }) };
      const found = blocks.find(filter, { maxTimeMS }).sort({ n: -1 }).limit(limit).toArray();
      return (await fromStore('reading blocks', found)).map(toBlock);
    },
  };
}
