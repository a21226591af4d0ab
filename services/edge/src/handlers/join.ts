import { Failure } from '@gapless/shared/errors';
import type { LiveSockets } from '../live-sockets.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './index.ts';

export interface JoinDeps {
  readonly access: RoomAccessCache;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'heads' | 'announce'>;
}

/** All rooms of the frame become live, or none. */
export function createJoin({ access, liveSockets }: JoinDeps): Handler<'join'> {
  return async (session, { i, rs }) => {
    const rooms = [...new Set(rs)];
    for (const room of rooms) {
      if (!(await access.isMember(session.user, room))) throw new Failure('not_member');
    }
    await liveSockets.follow(session, rooms);
    liveSockets.announce(session, rooms, await liveSockets.heads(rooms));
    session.ok(i);
  };
}
