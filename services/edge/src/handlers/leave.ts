import type { LiveSockets } from '../live-sockets.ts';
import type { Handler } from './operation.ts';

export interface LeaveDeps {
  readonly liveSockets: Pick<LiveSockets, 'stop'>;
}

export function createLeave({ liveSockets }: LeaveDeps): Handler<'leave'> {
  return (session, { i, rs }) => {
    for (const room of rs) {
      if (session.rooms.has(room)) session.left(room);
      liveSockets.stop(session, room);
    }
    session.ok(i);
  };
}
