import { type Bus, type LiveRooms, readableEvent } from '@gapless/shared/bus';
import type { Settings } from '@gapless/shared/config';
import { encodeFrame } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import { createFanOut, signalTopicOf, topicOf } from './fan-out.ts';
import { watchHeads } from './heads-watch.ts';
import { heldBackHub, heldBackLive, heldBackMissed } from './held-back.ts';
import { createLiveSockets, type LiveSockets } from './live-sockets.ts';
import type { EdgeMetrics } from './metrics.ts';
import { createMissedEvents, type MissedEvents } from './missed-events.ts';
import type { Revoked } from './revoked.ts';
import { createRoomAccess, type RoomAccessCache } from './room-access.ts';
import { createRoomHeads } from './room-heads.ts';
import { createRoomHub, type RoomHub } from './room-hub.ts';
import type { Session } from './session.ts';
import type { Publisher } from './socket.ts';
import { createStreamStarts, type StreamStarts } from './stream-starts.ts';
import { createSweep } from './sweep.ts';

/** The way of an event: bus, hub, fan-out; what mends it; and whom it concerns. */
export interface Rooms {
  readonly hub: RoomHub;
  readonly access: RoomAccessCache;
  readonly liveSockets: LiveSockets;
  close(): void;
}

export interface RoomsDeps {
  readonly bus: Bus;
  readonly revoked: Pick<Revoked, 'isCurrent' | 'pending'>;
  readonly publisher: Publisher;
  readonly metrics: EdgeMetrics;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  readonly settings: Settings<
    'roomLingerMs' | 'ringEvents' | 'ringBytes' | 'replayEvents' | 'replayBytes' | 'outboxBytes'
  >;
  readonly clock: Clock;
}

/** Part of what may wait in a socket that a replay may fill: the rest is for what comes live. */
const replayShare = 0.25;

export function createRooms(deps: RoomsDeps): Rooms {
  const { bus, revoked, metrics, sessionsOf, settings, clock } = deps;
  const { log, commands } = bus;
  const starts = createStreamStarts(bus.streams);
  const missed = heldBackMissed(createMissedEvents({ log, commands, starts }), revoked);
  const hub = createHub(deps, {
    apply: (event, seq) => access.apply(event, seq),
    doubt: (room) => access.doubt(room),
    starts,
    missed,
    live: heldBackLive(bus.live, revoked, () => sweep.ask()),
  });
  const liveSockets = createLiveSockets({
    hub: heldBackHub(hub, revoked),
    log,
    missed,
    starts,
    metrics,
    limits: {
      events: settings.replayEvents,
      bytes: settings.replayBytes,
      bufferedBytes: settings.outboxBytes * replayShare,
    },
  });
  const access = createRoomAccess({
    access: bus.access,
    commands,
    clock,
    follows: hub.follows,
    removed: (user, room) => {
      for (const session of sessionsOf(user)) {
        liveSockets.stop(session, room);
        if (session.phase === 'ready') session.send({ t: 'removed', r: room });
      }
    },
  });
  const sweep = createSweep({ hub, log, streams: bus.streams });
  const watch = watchHeads({ bus, hub, sweep, clock });
  return {
    hub,
    access,
    liveSockets,
    close: () => {
      watch.stop();
      sweep.stop();
      hub.close();
    },
  };
}

interface HubParts extends Pick<RoomAccessCache, 'apply' | 'doubt'> {
  readonly starts: StreamStarts;
  readonly missed: MissedEvents;
  readonly live: LiveRooms;
}

function createHub(
  { bus, publisher, metrics, settings }: RoomsDeps,
  { starts, missed, live, apply, doubt }: HubParts,
): RoomHub {
  const hub: RoomHub = createRoomHub({
    live,
    heads: createRoomHeads({ log: bus.log, starts }),
    missed,
    deliver: createFanOut({
      publisher,
      metrics,
      changed: (room, seq, bytes) => {
        const event = readableEvent(bytes);
        if (event?.t === 'mem') apply(event, seq);
        else if (event?.t === 'del') hub.mask(room, event.m);
      },
    }),
    signal: (room, bytes, sockets) => {
      if (sockets > 0) publisher.publish(signalTopicOf(room), bytes);
    },
    lagging: (room, from, to) => {
      metrics.lags.inc();
      doubt(room);
      publisher.publish(topicOf(room), Buffer.from(encodeFrame({ t: 'lag', r: room, from, to, retry: 1_000 })));
    },
    skipped: (why) => metrics.skipped.inc({ why }),
    ring: { events: settings.ringEvents, bytes: settings.ringBytes },
    roomLingerMs: settings.roomLingerMs,
  });
  return hub;
}
