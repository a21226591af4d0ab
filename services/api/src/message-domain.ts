import { asStored, createMessageLog, type FindStored, storeOnce, streamOf } from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { type Clock, steadyClock } from '@gapless/shared/runtime';
import type { ClientEvent, RoomId } from '@gapless/shared/schema';
import type { BusLink } from './bus-link.ts';
import { createBusLogTail } from './bus-log-tail.ts';
import { createReadRange } from './domain/log/event-range.ts';
import type { EventStore } from './domain/log/event-store.ts';
import { createMessageRows } from './domain/log/message-rows.ts';
import { createUnwrittenEvents, orAsWritten } from './domain/log/unwritten-events.ts';
import { createAppEvents } from './domain/messages/app-events.ts';
import { createCurrentMessages } from './domain/messages/current-messages.ts';
import { createEditHistory } from './domain/messages/edit-history.ts';
import { asLogged, createFindMessage } from './domain/messages/find-message.ts';
import { createHistory } from './domain/messages/history.ts';
import { createMessageChanges } from './domain/messages/message-changes.ts';
import type { MessageFiles } from './domain/messages/message-files.ts';
import { createMessageSending, type MessageSendingDeps } from './domain/messages/message-sending.ts';
import { createNamedMessages } from './domain/messages/named-messages.ts';
import { createPins, type PinPlaces } from './domain/messages/pins.ts';
import { createReactors } from './domain/messages/reactors.ts';
import { createShowMessages } from './domain/messages/shown-messages.ts';
import { createThreads } from './domain/messages/threads.ts';
import type { TurnStore } from './domain/messages/turn-store.ts';
import { type AreBlocked, createWriteGate } from './domain/messages/write-gate.ts';
import { createDoor } from './domain/rooms/door.ts';
import type { RoomChanges } from './domain/rooms/room-changes.ts';
import type { RoomStore } from './domain/rooms/room-store.ts';
import type { RoomReads } from './domain/rooms/standing.ts';
import { createMyRoomsSearch } from './domain/search/my-rooms-search.ts';
import { createRoomSearch } from './domain/search/room-search.ts';
import { createSearchTurns } from './domain/search/search-hits.ts';
import type { SearchStore } from './domain/search/search-store.ts';
import { createSearchWalk } from './domain/search/search-walk.ts';
import { withoutDeleted } from './masked-events.ts';

export interface MessageDomainDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly link: Pick<BusLink, 'log'>;
  readonly rooms: RoomReads & Pick<RoomStore, 'membershipsOf' | 'activity'>;
  readonly search: SearchStore;
  readonly events: EventStore;
  readonly places: PinPlaces;
  readonly areBlocked: AreBlocked;
  readonly turns: TurnStore;
  readonly files: MessageFiles;
  readonly changes: RoomChanges;
  readonly direct: MessageSendingDeps['direct'];
}

/** How much of what is not written yet one search looks at in a room: behind that it is shown as it is written. */
const searchedNumbers = 10_000;
/** Of the room's own events. A replay leaves out no deletion: of a room with more it is told to come back. */
const rangedEvents = 10_000;

/** Messages and what is made of them, put together. */
export function createMessageDomain(deps: MessageDomainDeps) {
  const { config, clock, link, rooms, search, events, places, areBlocked, turns, files, changes, direct } = deps;
  const { textLimit, duplicateWindowMs } = config;
  const streamOfRoom = (room: RoomId) => streamOf(room, config.roomStreams);
  const tail = createBusLogTail(() => link.log());
  const findMessage = createFindMessage({ events, tail, streamOf: streamOfRoom });
  const find: FindStored = async (key) => asLogged(await findMessage(key));
  const door = createDoor({ rooms, clock });
  const gate = createWriteGate({ areBlocked, turns, clock });
  const rows = createMessageRows({ events, tail, streamOf: streamOfRoom });
  const known = createUnwrittenEvents(tail);
  const unwritten = orAsWritten(known);
  const walk = createSearchWalk(search);
  const searched = createUnwrittenEvents(tail, { newest: searchedNumbers });
  const turn = createSearchTurns({ rows, unwritten: searched, clock: steadyClock });
  const show = createShowMessages({ events, rows, unwritten });
  const current = createCurrentMessages({ rows, unwritten: known });
  const history = createHistory({ door, rows, show });
  const namedMessages = createNamedMessages({ events, tail });
  const pins = createPins({ door, events, rows, unwritten, current, show });
  const messageLog = () => createMessageLog({ log: link.log(), find, clock, duplicateWindowMs });
  const store = (event: ClientEvent) => storeOnce({ log: link.log(), find }, event);
  return {
    appEvents: createAppEvents({ rooms, changes, find: findMessage, asStored, store, clock }),
    tail,
    current,
    findMessage,
    history,
    namedMessages,
    pins,
    readRange: createReadRange({
      ...{ events, rows, withoutDeleted },
      unwritten: createUnwrittenEvents(tail, { most: rangedEvents }),
    }),
    editHistory: createEditHistory({ history, events, rows, tail, unwritten }),
    reactors: createReactors({ history, events, rows, unwritten }),
    roomSearch: createRoomSearch({ door, store: search, walk, turn, rows, events, streamOf: streamOfRoom }),
    myRoomsSearch: createMyRoomsSearch({
      ...{ rooms, store: search, walk, turn, streamOf: streamOfRoom },
      limits: { userRooms: config.userRoomsLimit },
    }),
    threads: createThreads({ door, events, rows, unwritten, show }),
    messageChanges: createMessageChanges({
      ...{ door, gate, current, history, pins, places, clock, textLimit, asStored },
      named: namedMessages,
      find: findMessage,
      store,
    }),
    messageSending: createMessageSending({
      ...{ door, gate, history, files, direct, textLimit },
      named: namedMessages,
      find: findMessage,
      store: (message) => messageLog().store(message),
    }),
  };
}
