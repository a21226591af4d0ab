import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db } from 'mongodb';
import { roomNameKey } from '../domain/rooms/room-names.ts';
import type { RoomRow } from './room-rows.ts';

const rowsAtOnce = 500;

/** Groups of the time when all of them were public and had a number get what they are found by now. */
export async function completeRooms(db: Db): Promise<void> {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const indexes = await fromStore('reading indexes', rooms.indexes());
  if (indexes.some(({ name }) => name === 'number')) await fromStore('dropping an index', rooms.dropIndex('number'));
  for (;;) {
    const found = rooms
      .find({ kind: 'group', key: { $exists: false } }, { maxTimeMS })
      .limit(rowsAtOnce)
      .toArray();
    const rows = await fromStore('reading rooms', found);
    if (rows.length === 0) return;
    const updates = rows.map(({ _id, name }) => ({
      updateOne: { filter: { _id }, update: { $set: { key: roomNameKey(name), pub: true as const } } },
    }));
    await fromStore('completing rooms', rooms.bulkWrite(updates, { ordered: false }));
  }
}
