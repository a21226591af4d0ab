import { asStored, createMessageLog, type FindStored, storeOnce, streamOf } from '@gapless/shared/bus';
import type { Config } from '@gapless/shared/config';
import { type Clock, steadyClock } from '@gapless/shared/runtime';
import type { ClientEvent, RoomId } from '@gapless/shared/schema';
import type { BusLink } from './bus-link.ts';
import { createBusLogTail } from './bus-log-tail.ts';
import { createAppEvents } from './domain/app-events.ts';
import { createCurrentMessages } from './domain/current-messages.ts';
import { createDoor } from './domain/door.ts';
import { createEditHistory } from './domain/edit-history.ts';
import { createReadRange } from './domain/event-range.ts';
import type { EventStore } from './domain/event-store.ts';
import { asLogged, createFindMessage } from './domain/find-message.ts';
import { createHistory } from './domain/history.ts';
import { createMessageChanges } from './domain/message-changes.ts';
import type { MessageFiles } from './domain/message-files.ts';
import { createMessageRows } from './domain/message-rows.ts';
import { createMessageSending, type MessageSendingDeps } from './domain/message-sending.ts';
import { createMyRoomsSearch } from './domain/my-rooms-search.ts';
import { createNamedMessages } from './domain/named-messages.ts';
import { createPins, type PinPlaces } from './domain/pins.ts';
import { createReactors } from './domain/reactors.ts';
import type { RoomChanges } from './domain/room-changes.ts';
import { createRoomSearch } from './domain/room-search.ts';
import type { RoomStore } from './domain/room-store.ts';
import { createSearchTurns } from './domain/search-hits.ts';
import type { SearchStore } from './domain/search-store.ts';
import { createSearchWalk } from './domain/search-walk.ts';
import { createShowMessages } from './domain/shown-messages.ts';
import type { RoomReads } from './domain/standing.ts';
import { createThreads } from './domain/threads.ts';
import type { TurnStore } from './domain/turn-store.ts';
import { createUnwrittenEvents, orAsWritten } from './domain/unwritten-events.ts';
import { type AreBlocked, createWriteGate } from './domain/write-gate.ts';

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
  const searched = createUnwrittenEvents(tail, searchedNumbers);
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
    readRange: createReadRange(events),
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
