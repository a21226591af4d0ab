import type { RoomId } from '@gapless/shared/schema';
import type { Session } from './session.ts';

/**
 * An inbox has no topic: its sockets are the few of one user, and a topic for each user who is here would cost more than all
 * that is ever sent on it.
 */
export function sendToInbox(sessions: readonly Session[], inbox: RoomId, frame: Uint8Array): void {
  for (const session of sessions) {
    const stay = session.rooms.get(inbox);
    if (stay?.live === true && stay.heldAt === undefined) session.sendAll([frame]);
  }
}
