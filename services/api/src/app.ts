import type { AddressInfo } from 'node:net';
import {
  accessChangedSignal,
  type Bus,
  connectNatsBus,
  followOnline,
  type Online,
  type OnlineFollowing,
  streamOf,
} from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { createMongoDispatch, createMongoRevocations, type Dispatch, mongoUrlOf } from '@gapless/shared/outbox';
import {
  type Clock,
  type Logger,
  readSecretFile,
  retryUntil,
  type Service,
  type ServiceContext,
  steadyClock,
  systemClock,
} from '@gapless/shared/runtime';
import { type RoomId, revocationLifeMs, type UserId } from '@gapless/shared/schema';
import { createForeignTokens, readTrustedIssuers } from '@gapless/shared/tokens';
import type { FastifyInstance } from 'fastify';
import { createArgonPasswords } from './argon-passwords.ts';
import { type BusLink, type ConnectBus, createBusLink } from './bus-link.ts';
import { createBusRecordRead } from './bus-record-read.ts';
import { createBusUnwrittenMarks } from './bus-unwritten-marks.ts';
import { createCarryOut } from './carry-out.ts';
import { serveCommands } from './commands/commands.ts';
import { callHandlers } from './commands/handlers.ts';
import { createAccounts } from './domain/accounts.ts';
import type { MemberLimits } from './domain/admission.ts';
import { createAttempts } from './domain/attempts.ts';
import { createBlocks } from './domain/blocks.ts';
import { createDirectRooms } from './domain/direct-rooms.ts';
import { withForeignSessions } from './domain/foreign-sessions.ts';
import { createIdentities } from './domain/identities.ts';
import { createInvitationLinks } from './domain/invitation-links.ts';
import { createInvitations } from './domain/invitations.ts';
import { createMarkRead } from './domain/mark-read.ts';
import { createMarks, type Marks } from './domain/marks.ts';
import { createMemberships } from './domain/memberships.ts';
import { createMentionCounts } from './domain/mention-counts.ts';
import { createMentions } from './domain/mentions.ts';
import { createModeration } from './domain/moderation.ts';
import { createPeople } from './domain/people.ts';
import { createProfiles } from './domain/profiles.ts';
import { createReports } from './domain/reports.ts';
import { createRoleChanges } from './domain/role-changes.ts';
import type { RoomChanges } from './domain/room-changes.ts';
import { createRoomLists } from './domain/room-lists.ts';
import { createRoomSettings } from './domain/room-settings.ts';
import type { RoomStore } from './domain/room-store.ts';
import { createRoomWork } from './domain/room-work.ts';
import { createRooms } from './domain/rooms.ts';
import { createReadViews } from './domain/rooms-read.ts';
import { createSessions } from './domain/sessions.ts';
import { createUserSearch } from './domain/user-search.ts';
import { createWatchable } from './domain/watchable.ts';
import { createForeignAccess } from './foreign-access.ts';
import { foresee } from './foresee.ts';
import { createLastSeen } from './last-seen.ts';
import { createMessageDomain } from './message-domain.ts';
import { createAccountStore } from './repositories/accounts.ts';
import { createAttemptStore } from './repositories/attempts.ts';
import { createBlockStore } from './repositories/blocks.ts';
import { createEventStore } from './repositories/events.ts';
import { createIdentityStore } from './repositories/identities.ts';
import { createInviteStore } from './repositories/invites.ts';
import { createMarkStore } from './repositories/marks.ts';
import { createMentionStore } from './repositories/mentions.ts';
import { migrate } from './repositories/migrations.ts';
import { type Mongo, openMongo } from './repositories/mongo.ts';
import { createPersonStore } from './repositories/people.ts';
import { createPinPlaces } from './repositories/pin-places.ts';
import { createProfileStore } from './repositories/profiles.ts';
import { createReportStore } from './repositories/reports.ts';
import { createRoomChanges } from './repositories/room-changes.ts';
import { createRoomStore } from './repositories/rooms.ts';
import { createSessionStore } from './repositories/sessions.ts';
import { createTurnStore } from './repositories/turn-store.ts';
import { createHttpServer } from './routes/http-server.ts';
import { createTellEdges } from './tell-edges.ts';

/** What tests put in place of the real thing. The api closes what it is given. */
export interface ApiDeps {
  readonly connectBus?: ConnectBus;
  readonly mongo?: Mongo;
  readonly clock?: Clock;
}

export interface Api extends Service {
  /** The HTTP server; listening after `start`. */
  http(): FastifyInstance;
  /** Where it listens. */
  url(): string;
}

const redial = { firstMs: 250, maxMs: 5_000 };

/**
 * The whole api. `start` resolves when it listens: whatever needs a store or a log that is away answers 503 until they are
 * there, and `obstacles` names them.
 */
export function createApi({ config, logger, metrics }: ServiceContext, deps: ApiDeps = {}): Api {
  const { clock = systemClock, mongo = openMongo(mongoUrlOf(config), config.mongoDatabase) } = deps;
  const connect: ConnectBus = deps.connectBus ?? ((signal) => connectNatsBus(config, { name: 'api', logger, signal }));
  const privateKeyPem = readSecretFile(config.signingKeyFile);
  const stopped = new AbortController();
  const link = createBusLink(connect);
  let prepared = false;
  let dispatch: Dispatch | undefined;
  let online: OnlineFollowing | undefined;
  let http: FastifyInstance | undefined;

  const domain = {
    ...createDomain({ config, logger, clock, mongo, link, dispatcher: () => dispatch?.dispatcher }),
    online: () => onlineNow(online),
  };

  const lastSeen = createLastSeen({ accounts: domain.accountStore, logger });

  async function prepare(): Promise<void> {
    const failed = (error: unknown) => logger.warn({ err: error }, 'database not up to date yet');
    const migrated = async () => migrate(mongo.db, logger).then(() => true);
    prepared = (await retryUntil(migrated, { ...redial, signal: stopped.signal, failed })) ?? false;
  }

  function connected(bus: Bus): void {
    const made = createMongoDispatch({ db: mongo.db, bus, settings: config, logger });
    dispatch = made;
    online = followOnline(bus, {
      clock: steadyClock,
      changed: (user, presence) => {
        if (presence === undefined) lastSeen.left(user);
      },
    });
    const findAccess = (user: UserId) => made.access.project(user);
    serveCommands({ ...domain, calls: callHandlers(domain), commands: bus.commands, findAccess, foresee });
  }

  return {
    async start() {
      mongo.open(logger);
      http = await createHttpServer({
        config,
        logger,
        metrics,
        privateKeyPem,
        foresee,
        isPrepared: () => prepared,
        ...domain,
      });
      await http.listen({ host: config.apiHost, port: config.apiPort });
      link.open(connected);
      void prepare();
    },
    async close() {
      stopped.abort();
      online?.stop();
      lastSeen.stop();
      await http?.close();
      await link.close();
      await mongo.close();
    },
    obstacles: () => [
      ...mongo.obstacles(),
      ...(prepared ? [] : ['the database is not up to date']),
      ...link.obstacles(),
    ],
    http: () => running(http),
    url: () => {
      const address = running(http).server.address() as AddressInfo;
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },
  };
}

function onlineNow(following: OnlineFollowing | undefined): Online {
  if (following === undefined) throw new Failure('log_unavailable', { retryMs: 1_000 });
  return following.now();
}

function running(http: FastifyInstance | undefined): FastifyInstance {
  if (http === undefined) throw new Error('the api was not started');
  return http;
}

function createDomain(deps: {
  config: Config;
  logger: Logger;
  clock: Clock;
  mongo: Mongo;
  link: BusLink;
  dispatcher: () => Dispatch['dispatcher'] | undefined;
}) {
  const { config, logger, clock, mongo, link, dispatcher } = deps;
  const { db, client } = mongo;
  const revokedForMs = revocationLifeMs(config.accessTokenMs);
  const tell = createTellEdges({ revocations: link.revocations, record: createMongoRevocations(db), logger });
  const accountStore = createAccountStore(client, db, revokedForMs);
  const sessionStore = createSessionStore(client, db, revokedForMs);
  const store = createRoomStore(db);
  const events = createEventStore(db);
  const carryOut = createCarryOut({ dispatcher, logger });
  const changes = createRoomChanges({ client, db, carryOut });
  const limits = { roomMembers: config.roomMembersLimit, userRooms: config.userRoomsLimit };
  const passwords = createArgonPasswords(config);
  const attempts = createAttempts({ store: createAttemptStore(db), clock, perMinute: config.loginsPerMinute });
  const markStore = createMarkStore(db);
  const streamOfRoom = (room: RoomId) => streamOf(room, config.roomStreams);
  const unwritten = createBusUnwrittenMarks({ receipts: () => link.bus().receipts, store: markStore });
  const marks = createMarks({ store: markStore, unwritten });
  const record = createBusRecordRead({ bus: () => link.bus(), clock });
  const rooms = createRoomDomain({ db, store, changes, marks, clock, limits });
  const turns = createTurnStore(db);
  const blocks = createBlocks({
    store: createBlockStore(client, db),
    clock,
    carryOut,
    accessChanged: (user) => link.tellUser(user, accessChangedSignal),
  });
  const messages = createMessageDomain({
    ...{ config, clock, link, events },
    rooms: store,
    places: createPinPlaces(db),
    areBlocked: blocks.between,
    turns,
    direct: rooms.directRooms.open,
  });
  const profileStore = createProfileStore(client, db, config.nicknameKeptMs);
  const reportStore = createReportStore(db);
  const accounts = createAccounts({ store: accountStore, passwords, attempts, clock, tell });
  const identities = createIdentities({ store: createIdentityStore(client, db), accounts, clock });
  const issuers = readTrustedIssuers(config.trustedIssuersFile);
  const foreignTokens = createForeignTokens({ issuers, logger, clock });
  return {
    accountStore,
    profiles: createProfiles({ store: profileStore, blocks, clock }),
    userSearch: createUserSearch({ store: profileStore, blocks }),
    blocks,
    reports: createReports({
      store: reportStore,
      history: messages.history,
      rooms: store,
      accounts: accountStore,
      clock,
    }),
    accounts,
    identities,
    foreignAccess: createForeignAccess({ tokens: foreignTokens, identities, accounts }),
    sessions: withForeignSessions(createSessions({ store: sessionStore, clock, lifeMs: config.refreshTokenMs, tell })),
    ...rooms,
    roomStore: store,
    marks,
    markRead: createMarkRead({ rooms: store, events, tail: messages.tail, record }),
    mentions: createMentions({
      store: createMentionStore(db),
      counts: rooms.mentionCounts,
      rooms: store,
      marks,
      events,
      tail: messages.tail,
      streamOf: streamOfRoom,
    }),
    watchable: createWatchable({ rooms: store, accounts: accountStore, blocks }),
    turns,
    ...messages,
  };
}

/** All that is done with rooms and memberships. */
function createRoomDomain(deps: {
  db: Mongo['db'];
  store: RoomStore;
  changes: RoomChanges;
  marks: Marks;
  clock: Clock;
  limits: MemberLimits;
}) {
  const { db, store, changes, marks, clock, limits } = deps;
  const work = createRoomWork({ changes, clock });
  const people = createPeople(createPersonStore(db));
  const mentionCounts = createMentionCounts(createMentionStore(db));
  const withReads = createReadViews({ marks, store, mentionCounts });
  const invites = createInviteStore(db);
  return {
    withReads,
    mentionCounts,
    rooms: createRooms({ store, changes, clock, limits }),
    roomLists: createRoomLists({ store, withReads, limits }),
    directRooms: createDirectRooms({ store, changes, clock, limits }),
    roomSettings: createRoomSettings({ work }),
    memberships: createMemberships({ store, work, people, limits }),
    moderation: createModeration({ store, work, clock }),
    roleChanges: createRoleChanges({ work }),
    invitations: createInvitations({ store: invites, rooms: store, changes, work, people, clock, limits }),
    invitationLinks: createInvitationLinks({ store: invites, rooms: store, changes, work, clock, limits }),
  };
}
