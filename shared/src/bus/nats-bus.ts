import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type NatsConnection } from '@nats-io/transport-node';
import { type Logger, type Metrics, withDeadline } from '../runtime/index.ts';
import { accessBucket, createAccessStore } from './access-store.ts';
import { AckMux, type AckMuxSettings } from './ack-mux.ts';
import { type Bus, type Commands, type Vouch, type Vouched, vouchCommand } from './bus.ts';
import { type BusMetrics, createBusMetrics, unmeasured } from './bus-metrics.ts';
import type { BusSettings } from './bus-settings.ts';
import { createFlagStore, flagBucket } from './flag-store.ts';
import { createLogRoom } from './log-room.ts';
import { createNatsBucket } from './nats-bucket.ts';
import { createNatsCommands } from './nats-commands.ts';
import { openConnection } from './nats-connection.ts';
import { createNatsDrains } from './nats-drains.ts';
import { createNatsFanOuts } from './nats-fan-outs.ts';
import { createNatsHeads } from './nats-heads.ts';
import { createNatsLiveRooms } from './nats-live-rooms.ts';
import { createNatsNotes } from './nats-notes.ts';
import { createNatsPresence } from './nats-presence.ts';
import { createNatsReceipts } from './nats-receipts.ts';
import { createNatsRevocations } from './nats-revocations.ts';
import { createNatsRoomLog, createNatsWire, followAcks } from './nats-room-log.ts';
import { createNatsSignals } from './nats-signals.ts';
import { createNatsStreams } from './nats-streams.ts';
import { processName } from './process-name.ts';
import { createStreamGate, type StreamGate } from './stream-gate.ts';
import { streamNames } from './streams.ts';

export interface BusDeps {
  /** Names the connection and its inbox at the server. */
  readonly name: string;
  readonly logger: Logger;
  /** A program that nobody scrapes has none. */
  readonly metrics?: Metrics;
  /** Asks over the bus itself unless the process can tell by itself. */
  readonly vouch?: Vouch;
  /** Ends the wait for a server. */
  readonly signal?: AbortSignal;
}

const closeDeadlineMs = 5_000;

/** Connects, waiting for a NATS server as long as it takes. */
export async function connectNatsBus(settings: BusSettings, deps: BusDeps): Promise<Bus> {
  const { name, logger, signal = new AbortController().signal } = deps;
  const nats = await openConnection(settings, { name, logger, signal });
  const metrics = deps.metrics === undefined ? unmeasured : createBusMetrics(deps.metrics, name);
  const commands = createNatsCommands(nats, logger, metrics);
  const streams = streamNames(settings.roomStreams);
  const gate: StreamGate = createStreamGate({
    streams,
    vouch: deps.vouch ?? askOver(commands),
    logger,
    opened: () => {
      mux.wake();
      interrupt();
    },
  });
  const interrupted = new Set<() => void>();
  const interrupt = (): void => {
    for (const listener of interrupted) listener();
  };
  const inbox = createInbox(`_INBOX.${name}`);
  const room = createLogRoom(logger);
  const mux = new AckMux({
    wire: createNatsWire(nats, inbox, processName(name)),
    gate,
    room,
    settings: muxSettings(settings),
    metrics,
  });
  followAcks(nats, inbox, mux);
  const heads = createNatsHeads(nats);
  heads.subscribe((said) => {
    const { stream, created, last } = said;
    if (!streams.includes(stream)) return;
    room.heard(said);
    gate.compare(stream, created);
    gate.raise(stream, last);
  });
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const connection = watchConnection(nats, { gate, mux, logger, metrics, reconnected: interrupt });
  metrics.expose({ isAway: connection.isAway, inFlight: () => mux.inFlight, waiting: () => mux.waiting });
  gate.reopen();
  const js = jetstream(nats);
  const interruptions: Bus['interruptions'] = (listener) => {
    interrupted.add(listener);
    return { stop: () => void interrupted.delete(listener) };
  };
  const bucket = (name: string) =>
    createNatsBucket({ nats, name, replicas: settings.accessReplicas, isAway: connection.isAway });
  return {
    log: createNatsRoomLog({ jsm, mux, streamCount: settings.roomStreams, metrics }),
    live: createNatsLiveRooms(nats, metrics),
    access: createAccessStore(bucket(accessBucket)),
    flags: createFlagStore(bucket(flagBucket)),
    commands,
    streams: createNatsStreams({ jsm, js, settings: streamSettings(settings), logger }),
    heads,
    signals: createNatsSignals({ nats, isAway: connection.isAway }),
    receipts: createNatsReceipts({
      ...{ js, jsm, logger, isAway: connection.isAway },
      settings: { replicas: settings.streamReplicas, ...settings },
    }),
    drains: createNatsDrains(nats),
    fanOuts: createNatsFanOuts(nats, processName(name)),
    presence: createNatsPresence({ nats, isAway: connection.isAway }),
    notes: createNatsNotes({ nats, isAway: connection.isAway }),
    revocations: createNatsRevocations({ jsm, js, settings, isAway: connection.isAway, interruptions, logger }),
    interruptions,
    obstacles: () => [
      ...(connection.isAway() ? ['NATS is away'] : []),
      ...gate.obstacles(),
      ...room.full().map((stream) => `stream ${stream}: full of what MongoDB does not hold yet`),
    ],
    fullStreams: room.full,
    generation: () => gate.generation(),
    // Unlike `flush` it keeps nothing for a server that is not there.
    ping: () => nats.rtt().then(() => undefined),
    takeMeanWait: () => mux.takeMeanWait(),
    close: async () => {
      await withDeadline('letting publishes end', closeDeadlineMs, mux.idle()).catch((error: Error) =>
        logger.warn({ why: error.message }, 'closed with publishes under way'),
      );
      gate.stop();
      connection.expectClose();
      await nats.close();
    },
  };
}

const askOver =
  (commands: Commands): Vouch =>
  async (stream) =>
    (await commands.call(vouchCommand, { stream }, 3_000)) as Vouched;

const muxSettings = ({ publishWindow, ackTimeoutMs, appendDeadlineMs }: BusSettings): AckMuxSettings => ({
  window: publishWindow,
  queue: publishWindow * 4,
  ackTimeoutMs,
  deadlineMs: appendDeadlineMs,
});

const streamSettings = (settings: BusSettings) => ({
  streamCount: settings.roomStreams,
  replicas: settings.streamReplicas,
  maxBytes: settings.streamMaxBytes,
  duplicateWindowMs: settings.duplicateWindowMs,
});

/** Shuts the gates while the connection is away and asks anew behind each reconnect. */
function watchConnection(
  nats: NatsConnection,
  deps: { gate: StreamGate; mux: AckMux; logger: Logger; metrics: BusMetrics; reconnected: () => void },
): { isAway(): boolean; expectClose(): void } {
  const { gate, mux, logger, metrics, reconnected } = deps;
  let away = false;
  let closing = false;
  const follow = async (): Promise<void> => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        away = true;
        metrics.disconnected();
        logger.warn('NATS is away');
        gate.closeAll('NATS is away');
        mux.disconnected();
      } else if (status.type === 'reconnect') {
        away = false;
        logger.info('NATS is back');
        gate.reopen();
        reconnected();
      } else if (status.type === 'error') logger.warn({ err: status.error }, 'NATS reports an error');
    }
  };
  void follow();
  void nats.closed().then((error) => {
    if (!closing) throw error ?? new Error('the NATS connection closed by itself');
  });
  return {
    isAway: () => away,
    expectClose: () => {
      closing = true;
    },
  };
}
