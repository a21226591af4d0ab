import type { LiveSockets } from '../live-sockets.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './operation.ts';

export interface LeaveDeps {
  readonly access: Pick<RoomAccessCache, 'membership'>;
  readonly liveSockets: Pick<LiveSockets, 'stop'>;
}

export function createLeave({ access, liveSockets }: LeaveDeps): Handler<'leave'> {
  return (session, { i, rs }) => {
    for (const room of rs) {
      // Whether or not it is known to be his: what he asked for before does not bring it.
      session.joins.takeBack(room);
      // The edge may be about to put him into it.
      if (session.rooms.has(room) || access.membership(session.user, room) !== undefined) session.left(room);
      liveSockets.stop(session, room);
    }
    session.ok(i);
  };
}
