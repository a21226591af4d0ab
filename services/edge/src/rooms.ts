import { type Bus, type LiveRooms, readableEvent } from '@gapless/shared/bus';
import type { Settings } from '@gapless/shared/config';
import { encodeFrame } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import {
  bareId,
  type InboxEvent,
  isInbox,
  ownerOf,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { createDoubts } from './doubts.ts';
import { createFanOut } from './fan-out.ts';
import { watchHeads } from './heads-watch.ts';
import { heldBackHub, heldBackLive, heldBackMissed } from './held-back.ts';
import { sendToInbox } from './inbox-sockets.ts';
import { createLeaderEnds } from './leader-ends.ts';
import { createLiveSockets, type LiveSockets } from './live-sockets.ts';
import { createMembershipNews, type MembershipNews } from './membership-news.ts';
import type { EdgeMetrics } from './metrics.ts';
import { createMissedEvents, type MissedEvents } from './missed-events.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Revoked } from './revoked.ts';
import { createRoomAccess, type RoomAccessCache } from './room-access.ts';
import { createRoomEnd, type RoomEnd } from './room-end.ts';
import { createRoomFlags, type RoomFlagsCache } from './room-flags.ts';
import { createRoomHeads, type RoomHeads } from './room-heads.ts';
import { createRoomHub, type RoomHub } from './room-hub.ts';
import { createRoomTopics, type RoomTopics } from './room-topics.ts';
import type { Session } from './session.ts';
import { beginsAs } from './signal-frame.ts';
import { replayShare } from './slow-sockets.ts';
import type { Publisher } from './socket.ts';
import { createStreamStarts } from './stream-starts.ts';
import { createSweep } from './sweep.ts';
import { createWriteGate, type WriteGate } from './write-gate.ts';

/** The way of an event: bus, hub, fan-out; what mends it; and whom it concerns. */
export interface Rooms {
  readonly hub: RoomHub;
  readonly access: RoomAccessCache;
  readonly gate: WriteGate;
  readonly news: MembershipNews;
  readonly liveSockets: LiveSockets;
  readonly hasReached: RoomEnd;
  readonly topics: RoomTopics;
  close(): void;
}

export interface RoomsDeps {
  readonly bus: Bus;
  readonly revoked: Pick<Revoked, 'isCurrent' | 'pending'>;
  readonly publisher: Publisher;
  readonly metrics: EdgeMetrics;
  /** Hears how much goes out. */
  readonly published: (bytes: number) => void;
  readonly userReplays: RateLimiter<UserId>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  /** There is more to do than can be done. */
  readonly isStrained: () => boolean;
  /** Hears the signals of every room that is followed. */
  readonly signalled: (room: RoomId, bytes: Uint8Array) => void;
  /** Hears what is told to users who are here. */
  readonly told: (user: UserId, event: InboxEvent) => void;
  readonly settings: Settings<
    'roomLingerMs' | 'ringEvents' | 'ringBytes' | 'replayEvents' | 'replayBytes' | 'outboxBytes'
  >;
  /** For ages: it must not go back. */
  readonly clock: Clock;
  /** By that clock: all that the bus had for this edge then was taken in. */
  readonly heardUpTo: () => number;
  /** For what was said to end at a time. */
  readonly wallClock: Clock;
}

export function createRooms(deps: RoomsDeps): Rooms {
  const { bus, revoked, metrics, sessionsOf, settings, clock } = deps;
  const { log, commands } = bus;
  const starts = createStreamStarts(bus.streams);
  const missed = heldBackMissed(
    createMissedEvents({
      ...{ log, commands, starts, clock, eventsARead: settings.replayEvents + 1 },
      found: (from, events) => metrics.missed.inc({ from }, events),
    }),
    revoked,
  );
  const heads = createRoomHeads({ log, starts, streams: bus.streams });
  const topics = createRoomTopics({ publisher: deps.publisher, cursor: (room) => hub.cursor(room) });
  const hub = createHub(deps, {
    changed: (room, event, seq) => {
      if (isInbox(room)) return inboxHeard(ownerOf(room), event as InboxEvent);
      if (event.t === 'mem') access.apply(event, seq);
      if (event.t !== 'room') return;
      flags.apply(event);
      if (event.gone === 1 && event.ver !== undefined) access.gone(event.r, event.ver);
    },
    doubt: (room) => {
      if (isInbox(room)) return news.doubt(ownerOf(room));
      access.doubt(room);
      flags.forget(room);
    },
    unfollowed: (room) => flags.forget(room),
    topics,
    heads,
    missed,
    live: heldBackLive(bus.live, revoked, { lost: () => doubts.begin(), mend: () => sweep.ask() }),
  });
  const ends = createLeaderEnds({ hub, log, streams: bus.streams, clock });
  const doubts = createDoubts({ hub, ends, streams: bus.streams, heardUpTo: deps.heardUpTo, clock });
  const inboxHeard = (user: UserId, event: InboxEvent): void => {
    deps.told(user, event);
    news.heard(user, event);
  };
  /** Where a change may have been lost, the buckets are asked again who may do what. */
  const follows = (room: RoomId): boolean => hub.follows(room) && !doubts.mayLack(room);
  const liveSockets = createLiveSockets({
    hub: heldBackHub(hub, revoked),
    log,
    missed,
    doubts,
    starts,
    streams: bus.streams,
    metrics,
    topics,
    pace: (session) => deps.userReplays.take(session.user, clock.now()),
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
    follows,
    removed: (user, room) => {
      for (const session of sessionsOf(user)) {
        liveSockets.stop(session, room);
        session.forgetLeft(room);
        if (session.phase === 'ready') session.send({ t: 'removed', r: room });
      }
    },
    begunAnew: (user, room) => {
      for (const session of sessionsOf(user)) {
        const stay = session.rooms.get(room);
        // Who is only about to come in reads the membership when he does.
        if (stay === undefined || (!stay.live && stay.asked === 0)) continue;
        liveSockets.stop(session, room);
        // Without a word: he is in. What he lacks shows by the event with which the room goes on.
        news.again(session, room);
      }
    },
  });
  const news: MembershipNews = createMembershipNews({ access, liveSockets, sessionsOf });
  const flags: RoomFlagsCache = createRoomFlags({ flags: bus.flags, follows, clock });
  const sweep = createSweep({ hub, log, streams: bus.streams });
  const watch = watchHeads({ bus, hub, sweep, doubts, clock });
  const traces = bus.fanOuts.serve(hub.trace);
  return {
    hub,
    access,
    news,
    gate: createWriteGate({ access, flags, clock: deps.wallClock }),
    liveSockets,
    hasReached: createRoomEnd({ hub, heads, log }),
    topics,
    close: () => {
      watch.stop();
      traces.stop();
      sweep.stop();
      hub.close();
    },
  };
}

interface HubParts {
  /** Hears of what a room or its members have become, and of what comes to inboxes. */
  readonly changed: (room: RoomId, event: RoomEvent | InboxEvent, seq: number) => void;
  /** Changes of the room may have been missed. */
  readonly doubt: (room: RoomId) => void;
  readonly unfollowed: (room: RoomId) => void;
  readonly heads: RoomHeads;
  readonly missed: MissedEvents;
  readonly live: LiveRooms;
  readonly topics: Pick<RoomTopics, 'event' | 'signal' | 'muted'>;
}

function createHub(
  { published, signalled, isStrained, sessionsOf, metrics, settings }: RoomsDeps,
  { heads, missed, live, changed, doubt, unfollowed, topics }: HubParts,
): RoomHub {
  const send = (room: RoomId, frame: Uint8Array): void => {
    if (isInbox(room)) sendToInbox(sessionsOf(ownerOf(room)), room, frame);
    else topics.event(room, frame);
  };
  const hub: RoomHub = createRoomHub({
    live,
    heads,
    missed,
    deliver: createFanOut({
      send,
      published,
      metrics,
      changed: (room, seq, bytes) => {
        const event = readableEvent(bytes);
        if (event?.t === 'del') hub.mask(room, event.m);
        else if (event !== undefined) changed(room, event, seq);
      },
    }),
    signal: (room, bytes, sockets) => {
      signalled(room, bytes);
      if (sockets === 0) return;
      if (isStrained() && beginsAs(bytes, 'typing')) return metrics.shed.inc({ what: 'signal' }, sockets);
      topics.signal(room, bytes);
      metrics.shed.inc({ what: 'signal' }, topics.muted(room));
      published(bytes.byteLength);
    },
    lagging: (room, from, to) => {
      metrics.lags.inc();
      doubt(room);
      const frame = encodeFrame({ t: 'lag', r: bareId(room), from, to, retry: 1_000 });
      send(room, Buffer.from(frame));
    },
    unfollowed,
    skipped: (why) => metrics.skipped.inc({ why }),
    filled: (ms) => metrics.gapSeconds.observe(ms / 1_000),
    ring: { events: settings.ringEvents, bytes: settings.ringBytes },
    roomLingerMs: settings.roomLingerMs,
  });
  return hub;
}
