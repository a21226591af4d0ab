import { encodeEvent, eventId, messageEvent, type NewEvent, subjects } from '@gapless/shared/bus';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { createClientIds, textBytes } from '../load/message.ts';

/** Senders in rooms that take turns; each next event is a new one. */
export interface Lanes {
  next(): { readonly event: NewEvent; readonly subject: string };
}

/** Events of each lane have the same bytes: what an edge pays to make them is not what is measured. */
export function createLanes({ rooms, users }: { rooms: number; users: number }): Lanes {
  const clientIds = createClientIds();
  const userIds = Array.from({ length: users }, () => newId<UserId>());
  const lanes = Array.from({ length: rooms }, () => newId<RoomId>()).flatMap((room) =>
    userIds.map((user) => {
      const body = { text: 'x'.repeat(textBytes) };
      const clientId = clientIds() as ClientId;
      const bytes = encodeEvent(messageEvent({ room, user, at: Date.now(), clientId, body }));
      return { room, user, lane: `${room}:${user}`, bytes, subject: subjects.room(room) };
    }),
  );
  let turn = 0;
  return {
    next: () => {
      const { room, user, lane, bytes, subject } = lanes[turn++ % lanes.length] as (typeof lanes)[number];
      return { event: { room, id: eventId(room, user, 'msg', clientIds() as ClientId), lane, bytes }, subject };
    },
  };
}
