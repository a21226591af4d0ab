import type { RoomLog } from '@gapless/shared/bus';
import { bareId, isInbox, type RoomAccess, type RoomId, visibleRanges } from '@gapless/shared/schema';
import { inOwnTime } from './own-time.ts';
import { createReplay, type ReplayDeps, type Since } from './replay.ts';
import type { RoomHub, RoomStay } from './room-hub.ts';
import type { RoomTopics } from './room-topics.ts';
import type { Session } from './session.ts';

export type Heads = ReadonlyMap<RoomId, number>;

/** Where a socket resumes a room: its cursor there, and the membership that says what it may see. */
export interface Resumed {
  readonly room: RoomId;
  readonly cursor: number;
  readonly membership: Pick<RoomAccess, 'since' | 'own'>;
}

/** Which rooms are live on which socket. */
export interface LiveSockets {
  /** Resolves when the edge hears all of the rooms, with what undoes it; rejects, and undoes its part, when it cannot. */
  follow(session: Session, rooms: readonly RoomId[]): Promise<() => void>;
  /** See `own-time.ts`. */
  inOwnTime<T>(
    rooms: readonly RoomId[],
    membership: (room: RoomId) => Pick<RoomAccess, 'since' | 'own'> | undefined,
    work: () => T,
    giveUp?: (rooms: readonly RoomId[]) => void,
  ): Promise<T>;
  /** Newest sequence of each room, as this edge knows it or else the log. */
  heads(rooms: readonly RoomId[]): Promise<Heads>;
  /** Up to there nothing of a room that this edge hears will come live any more. */
  reached(room: RoomId): number;
  /** From this call on the rooms' events reach the socket. Passes over rooms that it left, or lost, meanwhile. */
  announce(session: Session, rooms: readonly RoomId[]): void;
  /** Replays what the socket missed in rooms that it follows, then makes them live. Resolves when all are, or left. */
  resume(session: Session, rooms: readonly Resumed[]): Promise<void>;
  /** Of rooms whose events were held back: sends what the socket lacks, and goes on live. Resolves as `resume` does. */
  catchUp(session: Session): Promise<void>;
  stop(session: Session, room: RoomId): void;
  /** The socket is gone. */
  stopAll(session: Session): void;
}

export interface LiveSocketsDeps extends Omit<ReplayDeps, 'hub' | 'log' | 'live'> {
  readonly hub: RoomHub;
  readonly log: Pick<RoomLog, 'heads' | 'readRoom'>;
  readonly topics: RoomTopics;
}

export function createLiveSockets(deps: LiveSocketsDeps): LiveSockets {
  const { hub, log, topics } = deps;

  const enter = (session: Session, room: RoomId): RoomStay => {
    const stay = hub.enter(room);
    // By its string: the one at hand is a frame's, and would be another one for each socket.
    session.rooms.set(stay.room, stay);
    return stay;
  };

  const leave = (session: Session, room: RoomId, stay: RoomStay): void => {
    topics.shut(session, room, stay);
    stay.leave();
    if (session.rooms.get(room) === stay) session.rooms.delete(room);
  };

  /** Somebody else on the same socket may want it still. */
  const undo = (session: Session, stays: ReadonlyMap<RoomId, RoomStay>): void => {
    for (const [room, stay] of stays) if (--stay.wanted === 0 && !stay.live) leave(session, room, stay);
  };

  const live: ReplayDeps['live'] = (session, room, stay, covered) => {
    topics.open(session, room, stay);
    if (covered !== 'late') session.send({ t: 'live', r: bareId(room), s: Math.max(covered, hub.cursor(room)) });
  };

  const replay = createReplay({ ...deps, live });

  return {
    follow: async (session, rooms) => {
      if (session.phase === 'closed') return () => undefined;
      const stays = new Map(rooms.map((room) => [room, session.rooms.get(room) ?? enter(session, room)]));
      for (const stay of stays.values()) stay.wanted++;
      try {
        await Promise.all([...stays.values()].map((stay) => stay.followed));
        return () => undo(session, stays);
      } catch (error) {
        undo(session, stays);
        throw error;
      }
    },
    inOwnTime: (rooms, membership, work, giveUp) => inOwnTime(hub, rooms, membership, work, giveUp),
    heads: async (rooms) => {
      const elsewhere = rooms.filter((room) => !hub.follows(room));
      const heads = new Map(elsewhere.length === 0 ? [] : await log.heads(elsewhere));
      for (const room of rooms) if (hub.follows(room)) heads.set(room, hub.newest(room));
      return heads;
    },
    reached: (room) => hub.cursor(room),
    announce: (session, rooms) => {
      session.socket.cork(() => {
        for (const room of rooms) {
          const stay = session.rooms.get(room);
          if (stay === undefined) continue;
          stay.asked++;
          // `hi` has said from where an inbox is live.
          live(session, room, stay, isInbox(room) ? 'late' : 0);
        }
      });
    },
    resume: async (session, rooms) => {
      const replays = rooms.map(({ room, cursor, membership }) => {
        const stay = session.rooms.get(room);
        if (stay === undefined) return undefined;
        // What comes live meanwhile must not overtake what is replayed.
        topics.shut(session, room, stay);
        return replay(session, room, stay, sinceOf(cursor, membership));
      });
      await session.resuming(Promise.all(replays));
    },
    catchUp: async (session) => {
      const late = topics.release(session);
      await Promise.all(late.map(({ room, stay, cursor }) => replay(session, room, stay, { cursor, late: true })));
    },
    stop: (session, room) => {
      const stay = session.rooms.get(room);
      if (stay !== undefined) leave(session, room, stay);
    },
    stopAll: (session) => {
      for (const [room, stay] of session.rooms) leave(session, room, stay);
    },
  };
}

/** A join that was just heard says nothing of earlier stays: who comes from before it must not be led past what he may see. */
const sinceOf = (cursor: number, membership: Resumed['membership']): Since => ({
  cursor,
  visible: visibleRanges(membership),
  formerUnknown: membership.own?.length === 0,
});
