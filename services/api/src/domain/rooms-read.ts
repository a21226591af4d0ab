import { Failure } from '@gapless/shared/errors';
import type { UserId } from '@gapless/shared/schema';
import { type Marks, markKey } from './marks.ts';
import type { Rooms, RoomView } from './rooms.ts';

/** The same rooms, each with how far its reader has read it; without that while it cannot be told. */
export function withReadMarks(rooms: Rooms, marks: Marks): Rooms {
  const shown = async (user: UserId, views: RoomView[]): Promise<RoomView[]> => {
    const keys = views.flatMap(({ room, membership }) => (membership === undefined ? [] : [{ room: room.id, user }]));
    try {
      const found = await marks.of(keys);
      return views.map((view) => {
        if (view.membership === undefined) return view;
        return { ...view, read: found.get(markKey({ room: view.room.id, user }))?.read ?? 0 };
      });
    } catch (error) {
      if (error instanceof Failure && error.code === 'unavailable') return views;
      throw error;
    }
  };
  const shownOne = async (user: UserId, view: RoomView): Promise<RoomView> => (await shown(user, [view]))[0] ?? view;

  return {
    ...rooms,
    mine: async (user, page) => shown(user, await rooms.mine(user, page)),
    get: async (user, room) => shownOne(user, await rooms.get(user, room)),
    byNumber: async (user, number) => shownOne(user, await rooms.byNumber(user, number)),
  };
}
