import { Type } from 'typebox';
import { ReasonSchema, RoomIdSchema, RoomNameSchema, UserIdSchema } from '../schema/index.ts';
import { MemberSchema, page, pageOf, RoleSchema, RoomSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aMember, aRoom, aRoomId, aUser } from './examples.ts';

const ofRoom = Type.Object({ room: RoomIdSchema });
const ofMember = Type.Object({ room: RoomIdSchema, user: UserIdSchema });
const room = { room: aRoomId };
const member = { ...room, user: aUser };
const { role: _, joinedAt: __, ...shown } = aRoom;

const ofAdmins = { tag: 'admin', door: 'admin' } as const;
const read = { ...ofAdmins, scope: 'rooms:read' } as const;
const write = { ...ofAdmins, scope: 'rooms:write' } as const;

/** By right of the installation: whatever who asks is to the room. */
export const adminRoomCommands = contracts({
  'rooms.all': {
    ...read,
    method: 'GET',
    path: '/admin/rooms',
    summary: 'Rooms, private and direct ones too',
    description: 'The newest first; or groups whose name begins so, by name.',
    parameters: Type.Object({ name: Type.Optional(RoomNameSchema), ...page }),
    answer: pageOf(RoomSchema),
    example: { parameters: { name: 'lob' }, answer: { items: [shown] } },
  },
  'rooms.look': {
    ...read,
    method: 'GET',
    path: '/admin/rooms/:room',
    summary: 'Any room',
    parameters: ofRoom,
    answer: RoomSchema,
    live: true,
    example: { parameters: room, answer: shown },
  },
  'rooms.lookMembers': {
    ...read,
    method: 'GET',
    path: '/admin/rooms/:room/members',
    summary: 'Members of any room',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(MemberSchema),
    example: { parameters: room, answer: { items: [aMember] } },
  },
  'rooms.addMember': {
    ...write,
    method: 'PUT',
    path: '/admin/rooms/:room/members/:user',
    summary: 'Make a user a member of a group, whoever is in it',
    description: 'Who is in already stays what he is. Refused for who is banned.',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.removeMember': {
    ...write,
    method: 'DELETE',
    path: '/admin/rooms/:room/members/:user',
    summary: 'Remove a member, owners too',
    description: 'Within a second he gets nothing more of the room. Who is not in is removed already.',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.setMemberRole': {
    ...write,
    method: 'PUT',
    path: '/admin/rooms/:room/members/:user/role',
    summary: 'Make a member owner, moderator or member',
    description: 'The last owner keeps his role.',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema, role: RoleSchema }),
    example: { parameters: { ...member, role: 'moderator' } },
  },
  'rooms.banMember': {
    ...write,
    method: 'PUT',
    path: '/admin/rooms/:room/bans/:user',
    summary: 'Ban a user from a room, owners too',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema, reason: Type.Optional(ReasonSchema) }),
    example: { parameters: { ...member, reason: 'Sells things' } },
  },
  'rooms.unbanMember': {
    ...write,
    method: 'DELETE',
    path: '/admin/rooms/:room/bans/:user',
    summary: 'Let a banned user come in again',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.freezeAny': {
    ...write,
    method: 'PUT',
    path: '/admin/rooms/:room/freeze',
    summary: 'Let only owners and moderators of a room write',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.unfreezeAny': {
    ...write,
    method: 'DELETE',
    path: '/admin/rooms/:room/freeze',
    summary: 'Let everybody of a room write again',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.deleteAny': {
    ...write,
    method: 'DELETE',
    path: '/admin/rooms/:room',
    summary: 'Delete a group for good and for all',
    parameters: ofRoom,
    example: { parameters: room },
  },
});
