import type { Clock } from '@gapless/shared/runtime';
import { createMentionCounts } from './domain/messages/mention-counts.ts';
import { createPeople } from './domain/people/people.ts';
import type { Marks } from './domain/reading/marks.ts';
import { createNotifySettings } from './domain/reading/notify-settings.ts';
import type { MemberLimits } from './domain/rooms/admission.ts';
import { createDirectRooms } from './domain/rooms/direct-rooms.ts';
import { createInvitationLinks } from './domain/rooms/invitation-links.ts';
import { createInvitations } from './domain/rooms/invitations.ts';
import { createMemberships } from './domain/rooms/memberships.ts';
import { createModeration } from './domain/rooms/moderation.ts';
import { createRoleChanges } from './domain/rooms/role-changes.ts';
import type { CarryOut, RoomChanges } from './domain/rooms/room-changes.ts';
import { createRoomLists } from './domain/rooms/room-lists.ts';
import { createRoomSettings } from './domain/rooms/room-settings.ts';
import type { RoomStore } from './domain/rooms/room-store.ts';
import { createRoomWork, createRoomWorkByRight } from './domain/rooms/room-work.ts';
import { createRooms } from './domain/rooms/rooms.ts';
import { createReadViews } from './domain/rooms/rooms-read.ts';
import { createSearchRooms } from './domain/search/search-rooms.ts';
import { createInviteStore } from './repositories/invites.ts';
import { createMentionStore } from './repositories/mentions.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createNotifyStore } from './repositories/notify-settings.ts';
import { createPersonStore } from './repositories/people.ts';
import { createRoomGramStore } from './repositories/room-grams.ts';

/** All that is done with rooms and memberships. */
export function createRoomDomain(deps: {
  mongo: Pick<Mongo, 'client' | 'db'>;
  store: RoomStore;
  changes: RoomChanges;
  marks: Marks;
  carryOut: CarryOut;
  clock: Clock;
  limits: MemberLimits;
  /** Members up to which a group tells of every message by itself. */
  notifyAllMembers: number;
}) {
  const { mongo, store, changes, marks, carryOut, clock, limits, notifyAllMembers: allMembers } = deps;
  const { client, db } = mongo;
  const work = createRoomWork({ changes, clock });
  const people = createPeople(createPersonStore(db));
  const mentionCounts = createMentionCounts(createMentionStore(db));
  const withReads = createReadViews({ marks, store, mentionCounts });
  const notifyStore = createNotifyStore(client, db);
  const notifySettings = createNotifySettings({ store: notifyStore, rooms: store, carryOut, clock, allMembers });
  const invites = createInviteStore(db);
  const right = createRoomWorkByRight({ changes, clock });
  return {
    byRight: {
      memberships: createMemberships({ store, work: right, people, limits }),
      moderation: createModeration({ store, work: right, clock }),
      roleChanges: createRoleChanges({ work: right }),
      roomSettings: createRoomSettings({ work: right }),
    },
    withReads,
    mentionCounts,
    notifyStore,
    notifySettings,
    rooms: createRooms({ store, changes, clock, limits }),
    roomLists: createRoomLists({ store, withReads, withNotify: notifySettings.views, limits }),
    searchRooms: createSearchRooms({ store, grams: createRoomGramStore(db), limits }),
    directRooms: createDirectRooms({ store, changes, clock, limits }),
    roomSettings: createRoomSettings({ work }),
    memberships: createMemberships({ store, work, people, limits }),
    moderation: createModeration({ store, work, clock }),
    roleChanges: createRoleChanges({ work }),
    invitations: createInvitations({ store: invites, rooms: store, changes, work, people, clock, limits }),
    invitationLinks: createInvitationLinks({ store: invites, rooms: store, changes, work, clock, limits }),
  };
}
