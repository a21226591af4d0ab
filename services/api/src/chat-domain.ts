import { streamOf } from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { createMongoRevocations, type Dispatch } from '@gapless/shared/outbox';
import type { Clock, Logger } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { createForeignTokens, readTrustedIssuers } from '@gapless/shared/tokens';
import { createAccountDomain } from './account-domain.ts';
import type { BusLink } from './bus-link.ts';
import { createBusRecordMarks } from './bus-record-marks.ts';
import { createBusTraces } from './bus-traces.ts';
import { createBusUnwrittenMarks } from './bus-unwritten-marks.ts';
import { createCarryOut } from './carry-out.ts';
import { withForeignSessions } from './domain/accounts/foreign-sessions.ts';
import { createIdentities } from './domain/accounts/identities.ts';
import { createMentions } from './domain/messages/mentions.ts';
import { createMessageFiles } from './domain/messages/message-files.ts';
import { createMessageTrace } from './domain/messages/message-trace.ts';
import { createActiveUsers, type OnlineUsers } from './domain/people/active-users.ts';
import { createBlocks } from './domain/people/blocks.ts';
import { createProfiles } from './domain/people/profiles.ts';
import { createReports } from './domain/people/reports.ts';
import { createUserSearch } from './domain/people/user-search.ts';
import { createWatchable } from './domain/people/watchable.ts';
import { createBadge } from './domain/reading/badge.ts';
import { createInbox } from './domain/reading/inbox.ts';
import { createMarkRead } from './domain/reading/mark-read.ts';
import { createMarkUnread } from './domain/reading/mark-unread.ts';
import { createMarks } from './domain/reading/marks.ts';
import { createNoteSettings } from './domain/reading/note-settings.ts';
import { createNotifications } from './domain/reading/notifications.ts';
import { createReaders } from './domain/reading/readers.ts';
import { createForeignAccess } from './foreign-access.ts';
import type { Mailing } from './mailing.ts';
import { createMessageDomain } from './message-domain.ts';
import { createBlockStore } from './repositories/blocks.ts';
import { createTraceStore } from './repositories/event-traces.ts';
import { createEventStore } from './repositories/events.ts';
import { createFileRecords } from './repositories/file-records.ts';
import { createIdentityStore } from './repositories/identities.ts';
import { createMarkStore } from './repositories/marks.ts';
import { createMentionStore } from './repositories/mentions.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createPinPlaces } from './repositories/pin-places.ts';
import { createProfileStore } from './repositories/profiles.ts';
import { createReportStore } from './repositories/reports.ts';
import { createRoomChanges } from './repositories/room-changes.ts';
import { createRoomStore } from './repositories/rooms.ts';
import { createSearchStore } from './repositories/search.ts';
import { createTurnStore } from './repositories/turn-store.ts';
import { createRoomDomain } from './room-domain.ts';
import { createTellEdges } from './tell-edges.ts';

export interface ChatDomainDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly mongo: Mongo;
  readonly link: BusLink;
  readonly mailing: Mailing;
  readonly dispatcher: () => Dispatch['dispatcher'] | undefined;
  /** Throws while it cannot be told. */
  readonly online: () => OnlineUsers;
}

/** All that the api does, put together over the store and the bus; which of it is asked for, and how, is not known here. */
export function createChatDomain(deps: ChatDomainDeps) {
  const { config, logger, clock, mongo, link, mailing, dispatcher, online } = deps;
  const { db, client } = mongo;
  const tell = createTellEdges({ revocations: link.revocations, record: createMongoRevocations(db), logger });
  const account = createAccountDomain({ config, clock, mongo, mailing, tell });
  const roomStore = createRoomStore(db);
  const events = createEventStore(db);
  const carryOut = createCarryOut({ dispatcher, logger });
  const streamOfRoom = (room: RoomId) => streamOf(room, config.roomStreams);
  const marks = createMarksOf(deps);
  const blockStore = createBlockStore(client, db);
  const blocks = createBlocks({
    store: blockStore,
    clock,
    carryOut,
  });
  const changes = createRoomChanges({ client, db, carryOut });
  const rooms = createRoomDomain({
    ...{ mongo, store: roomStore, marks, carryOut, clock },
    notifyAllMembers: config.notifyAllMembers,
    changes,
    limits: { roomMembers: config.roomMembersLimit, userRooms: config.userRoomsLimit },
  });
  const turns = createTurnStore(db);
  const fileRecords = createFileRecords(db);
  const messageFiles = createMessageFiles({ records: fileRecords, clock });
  const messages = createMessageDomain({
    ...{ config, clock, link, events, turns, changes },
    rooms: roomStore,
    search: createSearchStore(db),
    places: createPinPlaces(db),
    areBlocked: blocks.between,
    files: messageFiles,
    direct: rooms.directRooms.open,
  });
  const { tail, history, current, findMessage } = messages;
  const messageTrace = createMessageTrace({
    ...createBusTraces(link.bus),
    store: createTraceStore(db, events),
    ...{ current, find: findMessage, streamOf: streamOfRoom },
  });
  const record = createBusRecordMarks({ bus: () => link.bus(), clock });
  const profiles = createProfileStore(client, db, config.nicknameKeptMs);
  const people = { rooms: roomStore, accounts: account.accountStore };
  const inbox = createInbox({ events, tail, streamOf: streamOfRoom });
  const mentionStore = createMentionStore(db);
  const notifications = createNotifications({
    ...{ inbox, rooms: roomStore, blocks, marks, record: record.read, clock },
    ...{ current: messages.current, mentions: mentionStore },
  });
  return {
    ...account,
    tell,
    ...foreignPeople(deps, account),
    ...rooms,
    ...messages,
    messageTrace,
    profiles: createProfiles({ store: profiles, blocks, clock }),
    userSearch: createUserSearch({ store: profiles, blocks }),
    blocks,
    reports: createReports({ store: createReportStore(db), history, current, clock, rooms: roomStore }),
    watchable: createWatchable({ blocks, ...people }),
    fileRecords,
    messageFiles,
    activeUsers: createActiveUsers({ online, rooms: roomStore, blocks }),
    roomStore,
    marks,
    markRead: createMarkRead({ rooms: roomStore, events, tail, marks, record: record.read, clock }),
    markUnread: createMarkUnread({ history, marks, record: record.unread, clock }),
    readers: createReaders({ history, rooms: roomStore, marks }),
    mentions: createMentions({
      store: mentionStore,
      counts: rooms.mentionCounts,
      rooms: roomStore,
      marks,
      events,
      tail,
      streamOf: streamOfRoom,
    }),
    inbox,
    notifications,
    noteSettings: createNoteSettings({
      ...{ store: rooms.notifyStore, rooms: roomStore, blocks: blockStore },
      ...{ allMembers: config.notifyAllMembers, allLimit: config.notifyAllLimit },
    }),
    badge: createBadge({ roomLists: rooms.roomLists, settings: rooms.notifySettings, notifications, clock }),
    turns,
  };
}

function createMarksOf({ mongo, link }: ChatDomainDeps) {
  const store = createMarkStore(mongo.db);
  return createMarks({ store, unwritten: createBusUnwrittenMarks({ receipts: () => link.bus().receipts, store }) });
}

/** Whom another issuer vouches for. */
function foreignPeople(
  { config, logger, clock, mongo }: ChatDomainDeps,
  { accounts, sessions }: Pick<ReturnType<typeof createAccountDomain>, 'accounts' | 'sessions'>,
) {
  const identities = createIdentities({ store: createIdentityStore(mongo.client, mongo.db), accounts, clock });
  const issuers = readTrustedIssuers(config.trustedIssuersFile);
  const tokens = createForeignTokens({ issuers, logger, clock });
  return {
    identities,
    foreignAccess: createForeignAccess({ tokens, identities, accounts }),
    sessions: withForeignSessions(sessions),
  };
}
