import { accessChanged, type Bus, type EdgeLoad, together } from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { frameBytesFor, type Limits, maxRoomsPerFrame } from '@gapless/shared/protocol';
import { type Clock, type ServiceContext, steadyClock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { ForeignTokens } from '@gapless/shared/tokens';
import type { AccessTokens } from './access-token.ts';
import { createAcquaintances } from './acquaintances.ts';
import { watchBus } from './bus-delay.ts';
import { type CallSignals, createCallSignals } from './call-signals.ts';
import { createClientAddress } from './client-address.ts';
import { createForeignIdentities } from './foreign-identities.ts';
import { createHandlers } from './handlers/index.ts';
import { createKnownTokens, type KnownTokens } from './known-tokens.ts';
import { createLoadGate, type LoadGate } from './load-gate.ts';
import { watchLoop } from './loop-delay.ts';
import { createMessageChanges } from './message-changes.ts';
import { createMessageFiles } from './message-files.ts';
import { createMessageLog } from './message-log.ts';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.ts';
import { createNamedMessages } from './named-messages.ts';
import { createNotes, type Notes } from './notes.ts';
import { paced } from './paced.ts';
import { createPresenceReporter, type PresenceReporter } from './presence-report.ts';
import { RateLimiter } from './rate-limiter.ts';
import { createReadCursors } from './read-cursors.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { createReceive } from './receive.ts';
import { createRecentReceipts } from './recent-receipts.ts';
import { ReplyBatch } from './reply-batch.ts';
import { createRevoked, type Revoked } from './revoked.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { createServer, type Server, type ServerEvents } from './server.ts';
import { Session, type SessionLimits } from './session.ts';
import { createSessionRegistry, type SessionRegistry } from './session-registry.ts';
import { createSlowMode } from './slow-mode.ts';
import { createSlowSockets } from './slow-sockets.ts';
import { createTypingSignals, type TypingSignals } from './typing-signals.ts';
import { createUpgrade } from './upgrade.ts';
import { createUserSignals } from './user-signals.ts';
import { createWatchdog } from './watchdog.ts';
import { createWatchedPresence, type WatchedPresence } from './watched-presence.ts';

export interface GatewayDeps {
  readonly bus: Bus;
  readonly tokens: AccessTokens;
  readonly foreignTokens: ForeignTokens;
  readonly clock: Clock;
  /** Names this process, from its start to its end. */
  readonly edge: string;
  /** What the process says of itself. */
  readonly self: () => Pick<EdgeLoad, 'host' | 'version' | 'since' | 'state'>;
  /** Why no socket is taken now. */
  readonly closedFor: () => string | undefined;
}

export interface Gateway {
  sessions(): Iterable<Session>;
  /** Why it cannot serve now. */
  obstacle(): string | undefined;
  listen(): Promise<number>;
  stopListening(): void;
  close(): void;
}

/** Everything between the sockets and the bus, put together. */
export function createGateway(context: ServiceContext, deps: GatewayDeps): Gateway {
  const { config } = context;
  const { bus, clock } = deps;
  const { overloadDelayMs } = config;
  const loadGate = createLoadGate({ overloadDelayMs, clock: steadyClock });
  const loop = watchLoop(loadGate);
  const connection = watchBus(bus, loadGate);
  const isStrained = () => loadGate.isStrained;
  const sessions = createSessionRegistry({
    ...config,
    changed: (user) => presence.touch(user),
    gone: (user) => rooms.access.forget(user),
  });
  const presence = createPresenceReporter({
    reports: bus.presence,
    edge: deps.edge,
    presenceOf: (user) => together(sessions.ofUser(user).map(({ here }) => here)),
    users: sessions.present,
    load: () => ({ ...deps.self(), sockets: sessions.sockets, users: sessions.users, rooms: rooms.hub.rooms }),
  });
  const acquaintances = createAcquaintances({ commands: bus.commands, clock: steadyClock });
  const watchedPresence = createWatchedPresence({ bus, acquaintances, clock: steadyClock, calendar: clock });
  const isHere = (user: UserId): boolean => sessions.ofUser(user).length > 0;
  const userSignals = createUserSignals({ signals: bus.signals, isHere });
  const callSignals = createCallSignals({
    signals: userSignals,
    acquaintances,
    sessionsOf: sessions.ofUser,
    presenceOf: watchedPresence.presenceOf,
    clock: steadyClock,
  });
  const metrics = createEdgeMetrics(context.metrics, {
    sockets: () => sessions.sockets,
    users: () => sessions.users,
    rooms: () => rooms.hub.rooms,
    slow: () => count(sessions.all(), ({ flow }) => (flow === 'all' ? 0 : 1)),
    held: () => count(sessions.all(), ({ flow }) => (flow === 'held' ? 1 : 0)),
    inFlight: () => count(sessions.all(), ({ inFlight }) => inFlight),
    heldEvents: () => rooms.hub.held,
    marksWaiting: () => receipts.waiting(),
    presenceUsers: () => watchedPresence.known(),
    overloaded: () => (loadGate.isClosed ? 2 : loadGate.isStrained ? 1 : 0),
    queueSeconds: () => loadGate.delayMs / 1_000,
    buffered: () => count(sessions.all(), ({ socket }) => socket.bufferedAmount()),
  });
  const userReplays = new RateLimiter<UserId>({
    perSecond: config.userReplaysPerSecond,
    burst: config.userReplayBurst,
  });
  const recentReceipts = createRecentReceipts({ clock: steadyClock });
  const revoked = createRevoked({ revocations: bus.revocations, sessionsOf: sessions.ofUser, clock });
  const rooms = createRooms({
    bus,
    revoked,
    clock: steadyClock,
    wallClock: clock,
    heardUpTo: connection.heardUpTo,
    metrics,
    publisher: { publish: (topic, frame) => server.publish(topic, frame) },
    published: (bytes) => slow.published(bytes),
    userReplays,
    settings: config,
    sessionsOf: sessions.ofUser,
    isStrained,
    signalled: recentReceipts.heard,
    told: (user, event) => notes.heard(user, event),
  });
  const { access, hasReached } = rooms;
  userSignals.on(accessChanged, access.renew);
  const sessionsOf = sessions.ofUser;
  const notes = createNotes({ bus, access, sessionsOf, metrics, clock: steadyClock, calendar: clock });
  const { readOn } = notes;
  const receipts = createReceipts({ bus, access, hasReached, userSignals, sessionsOf, readOn, clock });
  const typing = createTypingSignals({ signals: bus.signals, clock: steadyClock, isStrained });
  const userSends = new RateLimiter<UserId>({ perSecond: config.userSendsPerSecond, burst: config.userSendBurst });
  const slow = createSlowSockets({
    sessions: sessions.all,
    topics: rooms.topics,
    liveSockets: rooms.liveSockets,
    receiptsSince: recentReceipts.since,
    outboxBytes: config.outboxBytes,
    stalledMs: config.stalledSocketMs,
    metrics,
    clock: steadyClock,
  });
  const foreign = createForeignIdentities({
    tokens: deps.foreignTokens,
    commands: bus.commands,
    revoked,
    clock: steadyClock,
  });
  const tokens = createKnownTokens({ own: deps.tokens, foreign, revoked });
  const parts: Parts = {
    loadGate,
    tokens,
    rooms,
    notes,
    receipts,
    typing,
    callSignals,
    presence,
    watchedPresence,
    sessions,
    revoked,
    metrics,
    userSends,
  };
  const server: Server = createServer<Session>(serverSettingsOf(config), {
    ...admission(config, deps, parts),
    ...life(config, deps, parts),
    message: receiving(context, deps, parts),
    drained: slow.drained,
  });
  const watchdog = createWatchdog({
    sessions: sessions.all,
    slow: slow.look,
    clock,
    prune: (now) => {
      userSends.prune(now);
      userReplays.prune(steadyClock.now());
    },
  });

  return {
    sessions: sessions.all,
    obstacle: revoked.obstacle,
    listen: async () => {
      const port = await server.listen();
      watchdog.start();
      loop.start();
      connection.start();
      return port;
    },
    stopListening: server.stopListening,
    close: () => {
      watchdog.stop();
      loop.stop();
      connection.stop();
      server.close();
      presence.stop();
      watchedPresence.stop();
      userSignals.stop();
      callSignals.stop();
      notes.stop();
      receipts.stop();
      recentReceipts.stop();
      typing.stop();
      rooms.close();
      revoked.stop();
    },
  };
}

function count(sessions: Iterable<Session>, of: (session: Session) => number): number {
  let sum = 0;
  for (const session of sessions) sum += of(session);
  return sum;
}

interface Parts {
  readonly loadGate: LoadGate;
  readonly tokens: KnownTokens;
  readonly rooms: Rooms;
  readonly notes: Notes;
  readonly receipts: Receipts;
  readonly typing: TypingSignals;
  readonly callSignals: CallSignals;
  readonly presence: PresenceReporter;
  readonly watchedPresence: WatchedPresence;
  readonly sessions: SessionRegistry;
  readonly revoked: Revoked;
  readonly metrics: EdgeMetrics;
  readonly userSends: RateLimiter<UserId>;
}

type Events = ServerEvents<Session>;

/** Who may open a socket. */
function admission(config: Config, deps: GatewayDeps, parts: Parts): Pick<Events, 'clientAddress' | 'upgrade'> {
  const { sessions, revoked, metrics, tokens, loadGate } = parts;
  const isOverloaded = () => loadGate.isClosed;
  const closedFor = () => deps.closedFor() ?? revoked.obstacle();
  const { allowedOrigins, trustedProxies } = config;
  const admit = createUpgrade({ allowedOrigins, tokens, admits: sessions.admits, closedFor, isOverloaded });
  return {
    clientAddress: createClientAddress(trustedProxies),
    upgrade: (handshake) => {
      const answer = admit(handshake);
      metrics.handshakes.inc({ status: answer.ok ? 101 : answer.status });
      return answer;
    },
  };
}

/** What a socket is from its first moment to its last. */
function life(config: Config, { clock }: GatewayDeps, parts: Parts): Pick<Events, 'opened' | 'dropped' | 'closed'> {
  const { rooms, notes, watchedPresence, sessions, metrics } = parts;
  const limits = sessionLimitsOf(config);
  const replies = new ReplyBatch();
  return {
    opened: (socket, { identity, unjudged }) => {
      const session = new Session({ socket, identity, limits, replies, sent: metrics.sent, now: clock.now() });
      session.unjudged = unjudged;
      sessions.opened(session);
      return session;
    },
    dropped: (session) => {
      metrics.drops.inc();
      session.close('slow_consumer');
    },
    closed: (session, code) => {
      session.closed();
      rooms.liveSockets.stopAll(session);
      watchedPresence.forget(session);
      notes.closed(session);
      sessions.closed(session);
      metrics.closes.inc({ code });
    },
  };
}

/** What its frames do. */
function receiving({ config, logger }: ServiceContext, deps: GatewayDeps, parts: Parts): Events['message'] {
  const { bus, clock } = deps;
  const {
    loadGate,
    rooms,
    notes,
    receipts,
    typing,
    callSignals,
    presence,
    watchedPresence,
    sessions,
    revoked,
    metrics,
    userSends,
  } = parts;
  const limits = limitsOf(config);
  const operations = createHandlers({
    access: rooms.access,
    callSignals,
    changes: createMessageChanges({ commands: bus.commands, access: rooms.access, userSends, clock }),
    clock,
    commands: bus.commands,
    gate: rooms.gate,
    generation: bus.generation,
    limits,
    liveSockets: rooms.liveSockets,
    presence,
    messages: createMessageLog({ bus, clock, duplicateWindowMs: config.duplicateWindowMs }),
    metrics,
    membershipNews: rooms.news,
    files: createMessageFiles({ commands: bus.commands }),
    notes,
    newest: rooms.hub.newest,
    named: createNamedMessages({ log: bus.log, commands: bus.commands }),
    readCursors: createReadCursors({ commands: bus.commands, clock: steadyClock }),
    receipts,
    registry: sessions,
    revoked,
    tokens: parts.tokens,
    slowMode: createSlowMode({ commands: bus.commands, clock: steadyClock }),
    typing,
    userSends,
    watchedPresence,
  });
  const { inFlightPerSocket } = config;
  const handlers = paced(operations, { gate: loadGate, metrics });
  return createReceive({ handlers, inFlightPerSocket, maxFrameBytes: limits.frame, metrics, revoked, clock, logger });
}

function limitsOf({ textLimit, idleTimeoutMs, framesPerSecond, frameBurst }: Config): Limits {
  return {
    ...{ frame: frameBytesFor(textLimit), text: textLimit, rooms: maxRoomsPerFrame, idle: idleTimeoutMs },
    ...{ rate: framesPerSecond, burst: frameBurst },
  };
}

function sessionLimitsOf(config: Config): SessionLimits {
  const perMinute = (count: number) => ({ perSecond: count / 60, burst: count });
  return {
    frames: { perSecond: config.framesPerSecond, burst: config.frameBurst },
    badFrames: perMinute(config.badFramesPerMinute),
    refusedFrames: perMinute(config.refusedFramesPerMinute),
    helloDeadlineMs: config.helloDeadlineMs,
  };
}

/** Twice the outbox: what lies between leaves room for the close frame that tells a slow client why. */
const serverSettingsOf = (config: Config) => ({
  host: config.edgeHost,
  port: config.edgePort,
  shared: config.edgeProcesses > 1,
  maxFrameBytes: frameBytesFor(config.textLimit),
  idleTimeoutMs: config.idleTimeoutMs,
  maxBufferedBytes: 2 * config.outboxBytes,
});
