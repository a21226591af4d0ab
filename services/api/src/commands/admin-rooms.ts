import { pageSize } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { type Actor, actingId } from '../domain/admin/actor.ts';
import { fromCursor, keyPlace, pageOf, readKeyCursor } from '../domain/cursor.ts';
import type { Memberships } from '../domain/rooms/memberships.ts';
import type { Moderation } from '../domain/rooms/moderation.ts';
import type { RoleChanges } from '../domain/rooms/role-changes.ts';
import { roomNameKey } from '../domain/rooms/room-names.ts';
import type { RoomSettings } from '../domain/rooms/room-settings.ts';
import type { Room, RoomStore } from '../domain/rooms/room-store.ts';
import type { Handlers } from './handler.ts';
import { type NicknameReads, showMember, showRoom, showRooms } from './show-room.ts';

export interface AdminRoomDeps {
  readonly roomStore: RoomStore;
  readonly accountStore: NicknameReads;
  /** What is done to rooms by right of the installation. */
  readonly byRight: {
    readonly memberships: Pick<Memberships, 'add'>;
    readonly moderation: Pick<Moderation, 'remove' | 'ban' | 'unban'>;
    readonly roleChanges: Pick<RoleChanges, 'setRole'>;
    readonly roomSettings: Pick<RoomSettings, 'freeze' | 'delete'>;
  };
}

type ReadCommand = 'rooms.all' | 'rooms.look' | 'rooms.lookMembers';
type MemberCommand =
  | 'rooms.addMember'
  | 'rooms.removeMember'
  | 'rooms.setMemberRole'
  | 'rooms.banMember'
  | 'rooms.unbanMember';
type RoomCommand = 'rooms.freezeAny' | 'rooms.unfreezeAny' | 'rooms.deleteAny';

export const adminRoomHandlers = (deps: AdminRoomDeps): Handlers<ReadCommand | MemberCommand | RoomCommand> => ({
  ...readHandlers(deps),
  ...changeHandlers(deps),
});

const asNobody = (room: Room) => ({ room, membership: undefined });

function readHandlers({ roomStore, accountStore }: AdminRoomDeps): Handlers<ReadCommand> {
  async function there(id: RoomId): Promise<Room> {
    const room = await roomStore.withId(id);
    if (room === undefined) throw new Failure('room_not_found');
    return room;
  }

  return {
    'rooms.all': async (_, { name, limit = pageSize, cursor }) => {
      const after = readKeyCursor<RoomId>(cursor);
      const prefix = name === undefined ? undefined : roomNameKey(name);
      const found = await roomStore.allRooms({ prefix, after, limit: limit + 1 });
      const place = (room: Room) => keyPlace({ key: roomNameKey(room.name), id: room.id });
      const { items, ...rest } = pageOf(found, limit, place);
      return { items: await showRooms(accountStore, items.map(asNobody)), ...rest };
    },
    'rooms.look': async (_, { room }) => showRoom(accountStore, asNobody(await there(room))),
    'rooms.lookMembers': async (_, { room, limit = pageSize, cursor }) => {
      await there(room);
      const found = await roomStore.membersOf(room, { above: fromCursor<UserId>(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, ({ user }) => user);
      const nicknames = await accountStore.nicknames(items.map(({ user }) => user));
      return { items: items.map((member) => showMember(member, nicknames.get(member.user))), ...rest };
    },
  };
}

function changeHandlers({ byRight }: AdminRoomDeps): Handlers<MemberCommand | RoomCommand> {
  const { memberships, moderation, roleChanges, roomSettings } = byRight;
  const by = (actor: Actor): UserId => actingId(actor);
  return {
    'rooms.addMember': async (actor, { room, user }) => {
      await memberships.add(by(actor), room, { users: [user] });
    },
    'rooms.removeMember': (actor, { room, user }) => moderation.remove(by(actor), room, user),
    'rooms.setMemberRole': (actor, { room, user, role }) => roleChanges.setRole(by(actor), room, user, role),
    'rooms.banMember': (actor, { room, user, reason }) => moderation.ban(by(actor), room, user, reason),
    'rooms.unbanMember': (actor, { room, user }) => moderation.unban(by(actor), room, user),
    'rooms.freezeAny': (actor, { room }) => roomSettings.freeze(by(actor), room, true),
    'rooms.unfreezeAny': (actor, { room }) => roomSettings.freeze(by(actor), room, false),
    'rooms.deleteAny': (actor, { room }) => roomSettings.delete(by(actor), room),
  };
}
