import { Failure } from '@gapless/shared/errors';
import type { RoomId } from '@gapless/shared/schema';
import type { LiveSockets, Resumed } from '../live-sockets.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './operation.ts';

export interface JoinDeps {
  readonly access: Pick<RoomAccessCache, 'hears' | 'isMember' | 'load' | 'membership'>;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'reachOwnTime' | 'announce' | 'resume'>;
}

/** All rooms of the frame become live, or none; of those with a cursor the ones that are not mine any more are named. */
export function createJoin({ access, liveSockets }: JoinDeps): Handler<'join'> {
  return async (session, { i, rs, since }) => {
    const cursors = new Map(Object.entries(since ?? {}) as [RoomId, number][]);
    const rooms: RoomId[] = [];
    for (const room of new Set(rs)) {
      if (await access.isMember(session.user, room)) rooms.push(room);
      else if (!cursors.has(room)) throw new Failure('not_member');
    }
    // Who was removed from one while another was asked about does not enter it; from `follow` on a removal ends the stay.
    const mine = rooms.filter((room) => access.membership(session.user, room) !== undefined);
    const unheard = mine.some((room) => !access.hears(room));
    const undo = await liveSockets.follow(session, mine);
    if (session.phase === 'closed') return;
    try {
      // A membership that ended before the room was heard ends here.
      if (unheard) await access.load(session.user);
      await liveSockets.reachOwnTime(mine, (room) => access.membership(session.user, room));
    } catch (error) {
      undo();
      throw error;
    }
    const resumed = mine.flatMap((room): Resumed[] => {
      const membership = access.membership(session.user, room);
      const cursor = cursors.get(room);
      return cursor === undefined || membership === undefined ? [] : [{ room, cursor, membership }];
    });
    for (const room of new Set(rs)) {
      if (access.membership(session.user, room) === undefined) session.send({ t: 'removed', r: room });
    }
    liveSockets.announce(
      session,
      mine.filter((room) => !cursors.has(room)),
    );
    await liveSockets.resume(session, resumed);
    session.ok(i);
  };
}
