import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { RoomId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { maxPins, type PinPlaces } from '../domain/messages/pins.ts';

/** The pins of a room, and those that are on their way: never more than a room may have, in one row that one write changes. */
interface PlacesRow {
  readonly _id: RoomId;
  readonly places: readonly { readonly m: number; readonly at: Date }[];
}

export function createPinPlaces(db: Db): PinPlaces {
  const rows = db.collection<PlacesRow>('pin_places', decisive);
  return {
    async take(room, seq, now) {
      const first = { $setOnInsert: { places: [] } };
      await fromStore('opening pins', rows.updateOne({ _id: room }, first, { upsert: true, maxTimeMS }));
      // One that is there is made as young as a new one: nobody frees it while its event is on its way.
      const again = rows.updateOne({ _id: room, 'places.m': seq }, { $set: { 'places.$.at': now } }, { maxTimeMS });
      if ((await fromStore('keeping a pin', again)).matchedCount > 0) return true;
      const free = { _id: room, 'places.m': { $ne: seq }, [`places.${maxPins - 1}`]: { $exists: false } };
      const taken = rows.updateOne(free, { $push: { places: { m: seq, at: now } } }, { maxTimeMS });
      if ((await fromStore('taking a pin', taken)).matchedCount > 0) return true;
      return (
        (await fromStore('looking at a pin', rows.countDocuments({ _id: room, 'places.m': seq }, { maxTimeMS }))) > 0
      );
    },
    async free(room, except, before) {
      const gone = { m: { $nin: [...except] }, at: { $lt: before } };
      await fromStore('freeing pins', rows.updateOne({ _id: room }, { $pull: { places: gone } }, { maxTimeMS }));
    },
  };
}
