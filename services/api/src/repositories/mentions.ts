import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type EventRow, eventRowId, type MentionRow, type RoomId, type UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Mention, MentionStore, NamingText } from '../domain/messages/mention-store.ts';

export function createMentionStore(db: Db): MentionStore {
  const mentions = db.collection<MentionRow>('mentions', decisive);
  const events = db.collection<EventRow>('events', decisive);

  /** One key of the index a room, however many mentions it has; a question with a branch for each room costs ten times that. */
  async function newestOf(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>> {
    const stages = [
      { $match: { u: user, r: { $in: rooms } } },
      { $sort: { u: -1, r: -1, m: -1 } },
      { $group: { _id: '$r', newest: { $first: '$m' } } },
    ];
    const options = { hint: 'of_user_in_room', maxTimeMS };
    const found = mentions.aggregate<{ _id: RoomId; newest: number }>(stages, options).toArray();
    return new Map((await fromStore('looking for mentions', found)).map(({ _id, newest }) => [_id, newest]));
  }

  return {
    async of(user, { behind, limit }) {
      const at = new Date(behind?.at ?? 0);
      const later = behind === undefined ? [] : [{ at: { $lt: at } }, { at, _id: { $lt: behind.id } }];
      const filter = { u: user, ...(later.length === 0 ? {} : { at: { $lte: at }, $or: later }) };
      const found = mentions.find(filter, { maxTimeMS }).sort({ at: -1, _id: -1 }).limit(limit).toArray();
      return (await fromStore('reading mentions', found)).map(toMention);
    },
    async counts(user, parts) {
      if (parts.length === 0) return new Map();
      const newest = await newestOf(user, [...new Set(parts.map(({ room }) => room))]);
      const open = parts.filter(({ room, after }) => (newest.get(room) ?? 0) > after);
      if (open.length === 0) return new Map();
      const $or = open.map(({ room, after, before }) => ({ u: user, r: room, m: { $gt: after, $lt: before } }));
      const stages = [{ $match: { $or } }, { $group: { _id: '$r', n: { $sum: 1 } } }];
      const counted = mentions.aggregate<{ _id: RoomId; n: number }>(stages, { maxTimeMS }).toArray();
      return new Map((await fromStore('counting mentions', counted)).map(({ _id, n }) => [_id, n]));
    },
    async texts(user, all) {
      const _id = { $in: all.map(({ room, seq }) => eventRowId(room, seq)) };
      const projection = { r: 1, s: 1, u: 1, cur: 1, ver: 1, th: 1, men: 1, mall: 1 } as const;
      const found = events.find({ _id }, { projection, maxTimeMS }).toArray();
      return (await fromStore('reading messages', found)).flatMap((row) => toText(row, user));
    },
  };
}

const toMention = ({ _id, r: room, m: seq, by, at, all }: MentionRow): Mention => ({
  ...{ room, seq, by, at, all: all === true },
  place: { at: at.getTime(), id: _id },
});

function toText({ r: room, s: seq, u, cur, ver: version, th, men, mall }: EventRow, user: UserId): NamingText[] {
  if (cur === undefined) return [];
  const names = mall === true || (men ?? []).includes(user);
  const thread = th === undefined ? {} : { thread: Number(th.slice(th.indexOf(':') + 1)) };
  return [{ room, seq, user: u, text: cur.text, version, ...thread, names }];
}
