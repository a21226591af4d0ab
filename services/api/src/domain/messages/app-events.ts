import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type AppEvent,
  type AppFields,
  type ClientId,
  type CustomData,
  newId,
  type RoomId,
  type UserId,
  unfitCustomData,
} from '@gapless/shared/schema';
import { type Actor, actingId } from '../admin/actor.ts';
import { once } from '../once.ts';
import type { RoomChanges } from '../rooms/room-changes.ts';
import type { RoomStore } from '../rooms/room-store.ts';
import type { FindMessage } from './find-message.ts';
import type { Stored } from './message-changes.ts';

export interface AppNews {
  readonly name: string;
  readonly data?: CustomData | undefined;
  readonly clientId?: ClientId | undefined;
}

/** What the application tells beside what people write: in the order of a room or an inbox, and nothing follows from it. */
export interface AppEvents {
  /** Once for one client id, for good. */
  publish(by: Actor, room: RoomId, news: AppNews): Promise<Stored>;
  /** Once for one client id, for a day. */
  tell(by: Actor, user: UserId, news: AppNews): Promise<void>;
}

export function createAppEvents(deps: {
  rooms: Pick<RoomStore, 'withId'>;
  changes: RoomChanges;
  find: FindMessage;
  asStored: (found: { seq: number; event: AppEvent }, event: AppEvent) => Stored;
  store: (event: AppEvent) => Promise<Stored>;
  clock: Clock;
}): AppEvents {
  const { rooms, changes, find, asStored, store, clock } = deps;

  return {
    async publish(by, room, { clientId, ...news }) {
      const fields = fieldsOf(news);
      const user = actingId(by);
      const c = clientId ?? (newId<never>() as ClientId);
      const event: AppEvent = { v: 1, t: 'app', r: room, u: user, at: clock.now(), c, ...fields };
      // First of all: what was done is answered, whatever has become of the room.
      const before = clientId === undefined ? undefined : await find({ room, user, kind: 'app', clientId });
      if (before !== undefined) return asStored({ seq: before.seq, event: JSON.parse(before.raw) as AppEvent }, event);
      const found = await rooms.withId(room);
      if (found === undefined) throw new Failure('room_not_found');
      if (found.archived) throw new Failure('archived');
      return store(event);
    },
    async tell(by, user, { clientId, ...news }) {
      const fields = fieldsOf(news);
      const [u, at] = [actingId(by), clock.now()];
      const making = clientId && { user: u, command: 'events.tell' as const, clientId, asked: { user, ...news } };
      await changes.run(user, async (change) => {
        await once(change.makings, making, at, async () => {
          if (!(await change.active([user])).has(user)) throw new Failure('not_found', { detail: 'No such user' });
          await change.tell({ v: 1, t: 'app', r: user, u, at, ...fields });
          return { id: user };
        });
      });
    },
  };
}

function fieldsOf({ name, data }: Omit<AppNews, 'clientId'>): AppFields {
  const reason = data === undefined ? undefined : unfitCustomData(data);
  if (reason !== undefined) throw new Failure('invalid_request', { detail: reason.replace('custom', 'data') });
  return { n: name, ...(data === undefined ? {} : { d: data }) };
}
