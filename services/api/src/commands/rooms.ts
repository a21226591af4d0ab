import { pageSize } from '@gapless/shared/commands';
import type { RoomId } from '@gapless/shared/schema';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { Rooms } from '../domain/rooms.ts';
import type { Handlers } from './handler.ts';
import { showRoom } from './show.ts';

export interface RoomDeps {
  readonly rooms: Rooms;
}

type RoomCommand = 'rooms.create' | 'rooms.mine' | 'rooms.get' | 'rooms.byNumber';

export const roomHandlers = ({ rooms }: RoomDeps): Handlers<RoomCommand> => ({
  'rooms.create': async ({ user }, asked) => showRoom(await rooms.create(user, asked)),
  'rooms.mine': async ({ user }, { limit = pageSize, cursor }) => {
    const views = await rooms.mine(user, { below: fromCursor<RoomId>(cursor), limit: limit + 1 });
    const { items, ...rest } = pageOf(views, limit, (view) => view.room.id);
    return { items: items.map(showRoom), ...rest };
  },
  'rooms.get': async ({ user }, { room }) => showRoom(await rooms.get(user, room)),
  'rooms.byNumber': async ({ user }, { number }) => showRoom(await rooms.byNumber(user, number)),
});
