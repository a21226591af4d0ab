import type { Clock } from '@gapless/shared/runtime';
import type { MemberLimits } from './domain/admission.ts';
import { createDirectRooms } from './domain/direct-rooms.ts';
import { createInvitationLinks } from './domain/invitation-links.ts';
import { createInvitations } from './domain/invitations.ts';
import type { Marks } from './domain/marks.ts';
import { createMemberships } from './domain/memberships.ts';
import { createMentionCounts } from './domain/mention-counts.ts';
import { createModeration } from './domain/moderation.ts';
import { createPeople } from './domain/people.ts';
import { createRoleChanges } from './domain/role-changes.ts';
import type { RoomChanges } from './domain/room-changes.ts';
import { createRoomLists } from './domain/room-lists.ts';
import { createRoomSettings } from './domain/room-settings.ts';
import type { RoomStore } from './domain/room-store.ts';
import { createRoomWork } from './domain/room-work.ts';
import { createRooms } from './domain/rooms.ts';
import { createReadViews } from './domain/rooms-read.ts';
import { createInviteStore } from './repositories/invites.ts';
import { createMentionStore } from './repositories/mentions.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createPersonStore } from './repositories/people.ts';

/** All that is done with rooms and memberships. */
export function createRoomDomain(deps: {
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
