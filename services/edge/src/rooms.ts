import { type Bus, decodeEvent } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import { createFanOut } from './fan-out.ts';
import { createLiveSockets, type LiveSockets } from './live-sockets.ts';
import type { EdgeMetrics } from './metrics.ts';
import { createRoomAccess, type RoomAccessCache } from './room-access.ts';
import { createRoomHub, type RoomHub } from './room-hub.ts';
import type { Session } from './session.ts';
import type { Publisher } from './socket.ts';

/** The way of an event: bus, hub, fan-out; and whom it concerns. */
export interface Rooms {
  readonly hub: RoomHub;
  readonly access: RoomAccessCache;
  readonly liveSockets: LiveSockets;
}

export function createRooms(deps: {
  bus: Pick<Bus, 'access' | 'commands' | 'live' | 'log'>;
  publisher: Publisher;
  metrics: Pick<EdgeMetrics, 'events' | 'deliveries' | 'skipped'>;
  sessionsOf: (user: UserId) => readonly Session[];
  roomLingerMs: number;
  clock: Clock;
}): Rooms {
  const { bus, publisher, metrics, sessionsOf, roomLingerMs, clock } = deps;
  const deliver = createFanOut({
    publisher,
    metrics,
    changed: (_room, seq, bytes) => {
      const event = decodeEvent(bytes);
      if (event.t === 'mem') access.apply(event, seq);
    },
  });
  const hub = createRoomHub({ live: bus.live, deliver, skipped: (why) => metrics.skipped.inc({ why }), roomLingerMs });
  const liveSockets = createLiveSockets({ hub, log: bus.log });
  const access = createRoomAccess({
    access: bus.access,
    commands: bus.commands,
    clock,
    follows: hub.follows,
    removed: (user, room) => {
      for (const session of sessionsOf(user)) liveSockets.stop(session, room);
    },
  });
  return { hub, access, liveSockets };
}
