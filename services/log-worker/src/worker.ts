import { setMaxListeners } from 'node:events';
import { type Bus, connectNatsBus, type Following, type Vouch, vouchCommand } from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import {
  createMongoDispatch,
  createMongoRevocations,
  createStoreCounts,
  levelTriggered,
  measurePool,
} from '@gapless/shared/outbox';
import { type Clock, type Service, type ServiceContext, systemClock } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import { rebuildAccess } from './access-rebuild.ts';
import { createConsume } from './consume.ts';
import { createCrowdReceipts } from './crowd-receipts.ts';
import { createEventWriter } from './event-writer.ts';
import { createHeadsAnnouncer, type HeadsAnnouncer } from './heads.ts';
import { createHoles } from './holes.ts';
import { createInboxBell } from './inbox-bell.ts';
import { serveLetters } from './letter-desk.ts';
import { createLiveNotes } from './live-notes.ts';
import { createMentions } from './mentions.ts';
import { createMongoCrowdCounts } from './mongo-crowd-counts.ts';
import { createMongoDeadLetters } from './mongo-dead-letters.ts';
import { createMongoFileUses } from './mongo-file-uses.ts';
import { createMongoInstallation } from './mongo-installation.ts';
import { createMongoMarkStore } from './mongo-mark-store.ts';
import { createMongoMentionStore } from './mongo-mention-store.ts';
import { createMongoMessageStore } from './mongo-message-store.ts';
import { createMongoNotices } from './mongo-notices.ts';
import { createMongoNotifyReads } from './mongo-notify-reads.ts';
import { createMongoPeople } from './mongo-people.ts';
import { createMongoReplyStore } from './mongo-reply-store.ts';
import { createMongoSearchStore } from './mongo-search-store.ts';
import { openMongoStore, type Store } from './mongo-store.ts';
import { createMongoStreamLeases } from './mongo-stream-lease.ts';
import { createNotices } from './notices.ts';
import { createFetchPage } from './previews/fetch-page.ts';
import { createHosts } from './previews/hosts.ts';
import { createMongoPreviewJobs } from './previews/mongo-preview-jobs.ts';
import { createPreviews, noPreviews, type Previews } from './previews/previews.ts';
import { mayConnect } from './previews/public-address.ts';
import { resolveHost } from './previews/resolve-host.ts';
import { createReceiptsWriter } from './receipts-writer.ts';
import { createRecordReader } from './record-reader.ts';
import { createRelay } from './relay.ts';
import { createReplies } from './replies.ts';
import { createRevocationKeeper } from './revocation-keeper.ts';
import { createSearchFollower } from './search-follower.ts';
import { createSearchProjection } from './search-projection.ts';
import { createStreamGuard } from './stream-guard.ts';
import { createStreamMemory } from './stream-memory.ts';
import { createStreamWriter, type StreamWriter } from './stream-writer.ts';
import { createTrim } from './trim.ts';
import { createWorkerMetrics, exposeWorkerGauges } from './worker-metrics.ts';

export interface WorkerDeps {
  readonly connectBus?: (config: Config, vouch: Vouch) => Promise<Bus>;
  readonly store?: Store;
  readonly clock?: Clock;
}

/** Brings the log into MongoDB, and keeps the log such that it can be trusted. */
export function createWorker(context: ServiceContext, deps: WorkerDeps = {}): Service {
  const { config, logger, metrics } = context;
  const store = deps.store ?? openMongoStore(config);
  measurePool(store.db.client, metrics, () => crew?.isStoreAway() === false);
  const stopped = new AbortController();
  const notYet: Vouch = async () => {
    throw new Failure('log_unavailable', { detail: 'this worker is starting', retryMs: 100 });
  };
  let vouch = notYet;
  let bus: Bus | undefined;
  let crew: Crew | undefined;

  const connect =
    deps.connectBus ??
    ((settings, ask) =>
      connectNatsBus(settings, {
        ...{ name: 'log-worker', logger, metrics, vouch: ask },
        signal: stopped.signal,
      }));

  return {
    async start() {
      store.open(logger);
      bus = await connect(config, (stream) => vouch(stream));
      crew = muster(context, { bus, store, clock: deps.clock ?? systemClock });
      vouch = crew.vouch;
      crew.start(stopped.signal);
    },
    async close() {
      stopped.abort();
      await crew?.ended();
      await bus?.close();
      await store.close();
    },
    obstacles: () => [
      ...(bus?.obstacles() ?? ['NATS is away']),
      ...(crew?.obstacles() ?? ['MongoDB was not asked yet']),
    ],
  };
}

interface Crew {
  readonly vouch: Vouch;
  start(signal: AbortSignal): void;
  /** Resolves when nothing runs any more. */
  ended(): Promise<void>;
  obstacles(): readonly string[];
  isStoreAway(): boolean;
}

function muster(context: ServiceContext, parts: { bus: Bus; store: Store; clock: Clock }): Crew {
  const { config, logger, metrics } = context;
  const { bus, store, clock } = parts;
  const { db } = store;
  const { streams } = bus;
  const memories = new Map(streams.names.map((stream) => [stream, createStreamMemory()]));
  const memoryOf = (stream: string) => {
    const memory = memories.get(stream);
    if (memory === undefined) throw new TypeError(`no such stream: ${stream}`);
    return memory;
  };
  const leases = createMongoStreamLeases(db, { holder: newId(), leaseMs: config.leaseMs });
  const installation = createMongoInstallation(db);
  const dispatch = createMongoDispatch({ db, bus, settings: config, logger, metrics });
  const { dispatcher, access, flags, outbox, memberships } = dispatch;
  const rebuild = levelTriggered((_: 'all') => Promise.all([rebuildAccess({ memberships, access }), flags.rebuild()]));
  const holes = createHoles(logger);
  const guard = createStreamGuard({
    streams,
    leases,
    installation,
    memoryOf,
    missing: holes.found,
    rebuildAccess: () => rebuild('all'),
    logger,
  });
  const messages = createMongoMessageStore(db);
  const deadLetters = createMongoDeadLetters(db);
  const noticeJobs = createMongoNotices(db);
  const inboxBell = createInboxBell({ dispatcher, logger });
  const telling = {
    people: createMongoPeople(db),
    wishes: createMongoNotifyReads(db),
    clock,
  };
  const alerts = (counter: 'mentions_total' | 'replies_total') => {
    const alerted = metrics.counter(counter);
    return (users: readonly UserId[]): void => {
      alerted.inc(users.length);
      inboxBell.ring(users);
    };
  };
  const mentions = createMentions({
    ...telling,
    store: createMongoMentionStore(db),
    allLimit: config.mentionAllLimit,
    alerted: alerts('mentions_total'),
  });
  const replies = createReplies({
    ...telling,
    store: createMongoReplyStore(db),
    alerted: alerts('replies_total'),
  });
  const noted = metrics.counter('notes_total');
  const liveNotes = createLiveNotes({ channel: bus.notes, told: (count) => noted.inc(count), clock });
  const previewJobs = createMongoPreviewJobs(db);
  const lookedAt = metrics.counter('previews_total');
  const previews: Previews = config.linkPreviews
    ? createPreviews({
        jobs: previewJobs,
        looked: (outcome) => lookedAt.inc({ outcome }),
        fetchPage: createFetchPage({ resolve: resolveHost, mayConnect }),
        hosts: createHosts(),
        dispatcher,
        clock,
        logger,
      })
    : noPreviews;
  const projection = createSearchProjection({ store: createMongoSearchStore(db), logger });
  const search = createSearchFollower({ streams, projection, memoryOf, logger });
  const derived = [mentions, replies, previews, createMongoFileUses(db), liveNotes];
  const consume = createConsume({
    streams,
    prepare: async () => {
      await Promise.all([messages, mentions, previews, deadLetters, noticeJobs].map((part) => part.prepare()));
    },
    write: createEventWriter({ store: messages, derived, deadLetters }),
    settings: config,
    persisted: (stream, seq) => memoryOf(stream).persisted(seq),
    metrics: createWorkerMetrics(metrics),
    logger,
  });
  const trim = createTrim({ streams, leases, settings: config, clock, logger });
  const relay = createRelay({ outbox, dispatcher, relayAgeMs: config.relayAgeMs, logger });
  const record = createMongoRevocations(db);
  const keeper = createRevocationKeeper({ revocations: bus.revocations, record, clock, logger });
  const vouch: Vouch = async (stream) => {
    keeper.expectSecured();
    return guard.vouch(stream);
  };
  const notices = createNotices({ jobs: noticeJobs, outbox, alerted: inboxBell.ring, logger });
  const records = createRecordReader({ streams: streams.names, leases, installation, memoryOf, logger });

  const marks = createMongoMarkStore(db);
  const crowds = createCrowdReceipts({ counts: createMongoCrowdCounts(db), signals: bus.signals, logger });
  const { raised } = crowds;
  const marksWritten = metrics.counter('marks_written_total');
  const receipts = createReceiptsWriter({
    ...{ bus, leases, marks, raised, leaseMs: config.leaseMs, clock, logger },
    written: (count) => marksWritten.inc(count),
  });
  const counts = createStoreCounts({
    outbox: outbox.count,
    deadLetters: deadLetters.waiting,
    previews: previewJobs.waiting,
  });

  const writers: StreamWriter[] = [];
  const announcers: HeadsAnnouncer[] = [];
  for (const stream of streams.names) {
    const memory = memoryOf(stream);
    const { leaseMs, headsIntervalMs: intervalMs } = config;
    const writer = createStreamWriter({ stream, leases, guard, consume, trim, search, memory, leaseMs, logger });
    const observed: Parameters<typeof createHeadsAnnouncer>[0]['observed'] = (state, seenBefore) => {
      if (writer.holdsLease() && guard.isSuspect(stream, state, seenBefore)) writer.recheck();
    };
    writers.push(writer);
    announcers.push(
      createHeadsAnnouncer({ stream, streams, channel: bus.heads, memory, intervalMs, observed, clock, logger }),
    );
  }
  exposeWorkerGauges(metrics, {
    lags: () => announcers.map((announcer) => announcer.lag()),
    searchLags: search.lags,
    searchMissed: search.missed,
    fullStreams: () => bus.fullStreams().length,
    leasesHeld: () => writers.filter((writer) => writer.holdsLease()).length,
    missingEvents: holes.events,
    haltedStreams: () => writers.filter((writer) => writer.halted() !== undefined).length,
    oldestOutboxSeconds: () => relay.oldestMs() / 1_000,
    waiting: counts.of,
    unwrittenMarkBatches: receipts.unwritten,
  });

  let running: Promise<unknown> = Promise.resolve();
  let serving: readonly Following[] = [];
  return {
    vouch,
    start(signal) {
      // Every member listens for its end, some more than once: to Node eleven are a leak, and worth a warning.
      setMaxListeners(0, signal);
      serving = [
        bus.commands.serve(vouchCommand, (payload) => vouch(streamOf(payload))),
        serveLetters({
          commands: bus.commands,
          office: deadLetters,
          write: createEventWriter({
            store: messages,
            // Their numbers are below the mark of search.
            derived: [...derived, projection],
            deadLetters: { put: async () => undefined },
          }),
        }),
      ];
      const members = [
        ...[records, relay, inboxBell, notices, liveNotes, previews, receipts, crowds, keeper, counts],
        ...[...writers, ...announcers],
      ];
      running = Promise.all(members.map((member) => member.run(signal)));
    },
    async ended() {
      for (const one of serving) one.stop();
      await running;
    },
    isStoreAway: records.isStoreAway,
    obstacles: () => [
      ...(records.isStoreAway() ? ['MongoDB is away'] : []),
      ...writers.flatMap((writer) => writer.halted() ?? []),
      ...holes.obstacles(),
    ],
  };
}

function streamOf(payload: unknown): string {
  if (typeof payload === 'object' && payload !== null && 'stream' in payload && typeof payload.stream === 'string') {
    return payload.stream;
  }
  throw new Failure('invalid_request');
}
