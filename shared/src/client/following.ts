import type { Emit } from './client-event.ts';
import type { ClientRequest, RequestOf } from './client-request.ts';
import type { Clock } from './clock.ts';
import { greeting } from './greeting.ts';
import { createInterest } from './interest.ts';
import { createJoiner } from './joiner.ts';
import { inFrames } from './packed.ts';
import type { Here } from './presence.ts';
import { createRoomFeeds, type Position, type RoomFeeds, type Started } from './room-feeds.ts';

/** Keeps the rooms that the application wants live, over all connections, each from where it was. */
export interface Following
  extends Pick<RoomFeeds, 'lost' | 'event' | 'live' | 'lag' | 'voided' | 'removed' | 'position'> {
  greeting(token: string, here: Here | undefined): RequestOf<'hello'>[];
  started(session: Started): void;
  join(room: string): Promise<void>;
  leave(room: string): Promise<void>;
}

export interface FollowingDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly tell: (request: ClientRequest) => void;
  readonly isLive: () => boolean;
  readonly maxFrameBytes: () => number;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly random: () => number;
  readonly rooms: 'all' | readonly string[];
  readonly notes: boolean;
  readonly from: Position | undefined;
}

export function createFollowing({ rooms, notes, maxFrameBytes, ...deps }: FollowingDeps): Following {
  const { ask, tell, isLive } = deps;
  const interest = createInterest(rooms);
  const { join, forget } = createJoiner({ ask, maxBytes: maxFrameBytes, clock: deps.clock });
  // Of all my rooms it is none now; who gets it back has it live again.
  const unwanted = (room: string): void => {
    if (!interest.all) interest.drop(room);
  };
  const feeds = createRoomFeeds({ ...deps, join, wants: interest.wants, unwanted });
  let resumed: ReadonlySet<string> = new Set();

  return {
    ...feeds,
    greeting(token, here) {
      // Rooms that are joined one by one are resumed one by one.
      const cursors = interest.all ? feeds.cursors().filter(([room]) => interest.wants(room)) : [];
      const hello = { token, here, notes, rooms: interest.all ? 'all' : 'none', gen: feeds.position()?.gen } as const;
      const frames = greeting({ ...hello, cursors, inbox: feeds.inbox(), maxBytes: maxFrameBytes() });
      resumed = new Set(frames.flatMap(({ since }) => Object.keys(since ?? {})));
      return frames;
    },
    started(session) {
      feeds.started(session, resumed);
      for (const room of interest.joined()) feeds.bring(room);
      for (const rs of inFrames(interest.left(), maxFrameBytes())) tell({ t: 'leave', rs });
    },
    async join(room) {
      const news = interest.add(room);
      if (!isLive()) return;
      const known = feeds.cursors().some(([one]) => one === room);
      if (known) return news ? feeds.bring(room) : undefined;
      try {
        await join(room, undefined);
      } catch (error) {
        if (news) interest.drop(room);
        throw error;
      }
    },
    async leave(room) {
      interest.drop(room);
      feeds.forget(room);
      forget(room);
      if (isLive()) await ask({ t: 'leave', rs: [room] });
    },
  };
}
