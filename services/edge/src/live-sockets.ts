import type { RoomLog } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import { topicOf } from './fan-out.ts';
import type { RoomHub, RoomStay } from './room-hub.ts';
import type { Session } from './session.ts';

export type Heads = ReadonlyMap<RoomId, number>;

/** Which rooms are live on which socket. */
export interface LiveSockets {
  /** Resolves when the edge hears all of the rooms; rejects, and undoes its part, when it cannot. */
  follow(session: Session, rooms: readonly RoomId[]): Promise<void>;
  /** Newest sequence of each room; read after `follow`, nothing lies between it and what comes live. */
  heads(rooms: readonly RoomId[]): Promise<Heads>;
  /** From this call on the rooms' events reach the socket. Passes over rooms that it left, or lost, meanwhile. */
  announce(session: Session, rooms: readonly RoomId[], heads: Heads): void;
  stop(session: Session, room: RoomId): void;
  /** The socket is gone. */
  stopAll(session: Session): void;
}

export function createLiveSockets(deps: { hub: RoomHub; log: Pick<RoomLog, 'heads'> }): LiveSockets {
  const { hub, log } = deps;

  const enter = (session: Session, room: RoomId): RoomStay => {
    const stay = hub.enter(room);
    session.rooms.set(room, stay);
    return stay;
  };

  const undo = (session: Session, entered: ReadonlyMap<RoomId, RoomStay>): void => {
    for (const [room, stay] of entered) {
      stay.leave();
      if (session.rooms.get(room) === stay) session.rooms.delete(room);
    }
  };

  return {
    follow: async (session, rooms) => {
      if (session.phase === 'closed') return;
      const entered = new Map<RoomId, RoomStay>();
      const stays = rooms.map((room) => {
        const own = session.rooms.get(room);
        if (own !== undefined) return own;
        const stay = enter(session, room);
        entered.set(room, stay);
        return stay;
      });
      try {
        await Promise.all(stays.map((stay) => stay.followed));
      } catch (error) {
        undo(session, entered);
        throw error;
      }
    },
    heads: (rooms) => (rooms.length === 0 ? Promise.resolve(new Map()) : log.heads(rooms)),
    announce: (session, rooms, heads) => {
      session.socket.cork(() => {
        for (const room of rooms) {
          const stay = session.rooms.get(room);
          if (stay === undefined) continue;
          if (!stay.live) session.socket.subscribe(topicOf(room));
          stay.live = true;
          // What this edge sent out already came before the subscription, whatever a follower of the log says.
          session.send({ t: 'live', r: room, s: Math.max(heads.get(room) ?? 0, hub.cursor(room)) });
        }
      });
    },
    stop: (session, room) => {
      const stay = session.rooms.get(room);
      if (stay === undefined) return;
      session.rooms.delete(room);
      if (stay.live) session.socket.unsubscribe(topicOf(room));
      stay.leave();
    },
    stopAll: (session) => {
      for (const stay of session.rooms.values()) stay.leave();
      session.rooms.clear();
    },
  };
}
