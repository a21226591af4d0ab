import type { Clock } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { LiveSockets } from './live-sockets.ts';
import type { EdgeMetrics } from './metrics.ts';
import type { RoomTopics } from './room-topics.ts';
import type { Session } from './session.ts';

/**
 * Keeps what waits in this process for a socket within its bound, the mildest way first: no signals, no events until it has
 * drained, and the end only when it takes nothing for long. What the kernel holds, some megabytes a socket, does not show.
 */
export interface SlowSockets {
  look(session: Session): void;
  /** The socket took some of what waited for it. */
  drained(session: Session): void;
  /** So many bytes went out on a topic: whoever is slow may have as many more waiting. */
  published(bytes: number): void;
}

export interface SlowSocketsDeps {
  readonly sessions: () => Iterable<Session>;
  readonly topics: Pick<RoomTopics, 'mute' | 'unmute' | 'hold'>;
  readonly liveSockets: Pick<LiveSockets, 'catchUp'>;
  /** The receipts of a room that were told since that time, as one frame. */
  readonly receiptsSince: (room: RoomId, time: number) => Uint8Array | undefined;
  /** What may wait for one socket. */
  readonly outboxBytes: number;
  /** Longest time in which a socket takes nothing of what waits. */
  readonly stalledMs: number;
  readonly metrics: Pick<EdgeMetrics, 'slow'>;
  readonly clock: Clock;
}

/** Parts of the outbox. Between two looks an eighth goes out at most: who is held at a quarter stays far below the whole. */
const mutedAt = 1 / 16;
const heldAt = 1 / 4;
const lookEach = 1 / 8;
/** Part up to which a replay fills a socket, and at which one that is held may go on. */
export const replayShare = 1 / 8;
/** Well below, so that a socket at the edge of a bound does not go to and fro. */
const heardAt = 1 / 64;

export function createSlowSockets(deps: SlowSocketsDeps): SlowSockets {
  const { sessions, topics, liveSockets, receiptsSince, outboxBytes, stalledMs, metrics, clock } = deps;
  let unseenBytes = 0;

  const close = (session: Session): void => {
    metrics.slow.inc({ step: 'closed' });
    session.close('slow_consumer');
  };

  const goOn = (session: Session): void => {
    metrics.slow.inc({ step: 'released' });
    // Not within a delivery: the ring lacks the event that goes out just now.
    queueMicrotask(() => void liveSockets.catchUp(session));
  };

  /** Of the signals that were shed only receipts still matter: the newest of each member are made up for. */
  const hearAgain = (session: Session): void => {
    for (const { live } of session.rooms.values()) if (!live) return;
    topics.unmute(session);
    const missed = [...session.rooms.keys()].map((room) => receiptsSince(room, session.mutedSince));
    session.sendAll(missed.filter((frame) => frame !== undefined));
    metrics.slow.inc({ step: 'heard' });
  };

  const look = (session: Session): void => {
    const share = session.socket.bufferedAmount() / outboxBytes;
    if (share <= mutedAt) session.stalledSince = undefined;
    else session.stalledSince ??= clock.now();
    if (share === 0 && session.flow === 'all') return;
    if (share > 1 || clock.now() - (session.stalledSince ?? clock.now()) >= stalledMs) return close(session);
    if (share > mutedAt && session.flow === 'all') {
      session.mutedSince = clock.now();
      topics.mute(session);
      metrics.slow.inc({ step: 'muted' });
    }
    if (share > heldAt && session.flow !== 'held') {
      topics.hold(session);
      metrics.slow.inc({ step: 'held' });
    }
    if (share <= replayShare && session.flow === 'held') goOn(session);
    if (share <= heardAt && session.flow === 'events') hearAgain(session);
  };

  return {
    look,
    drained: (session) => {
      session.stalledSince = undefined;
      look(session);
    },
    published: (bytes) => {
      unseenBytes += bytes;
      if (unseenBytes < outboxBytes * lookEach) return;
      unseenBytes = 0;
      for (const session of sessions()) look(session);
    },
  };
}
