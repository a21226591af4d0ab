import { Type } from 'typebox';
import { NicknameSchema, ReasonSchema, RoomIdSchema, RoomNumberSchema, UserIdSchema } from '../schema/index.ts';
import { MemberSchema, page, pageOf, RoleSchema, RoomSchema, SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aMember, aRoom, aRoomId, aTime, aUser } from './examples.ts';

const ofRoom = Type.Object({ room: RoomIdSchema });
const ofMember = Type.Object({ room: RoomIdSchema, user: UserIdSchema });
const UpTo = Type.Integer({ minimum: 0, description: 'Sequence; 0 for nothing' });
const room = { room: aRoomId };
const member = { ...room, user: aUser };

const ReceiptSchema = Type.Object({
  user: UserIdSchema,
  received: UpTo,
  read: UpTo,
  at: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; when the newest of the two came' })),
});

const BanSchema = Type.Object({
  user: UserIdSchema,
  nickname: Type.Optional(Type.String()),
  by: UserIdSchema,
  at: TimeSchema,
  reason: Type.Optional(Type.String()),
});

/** Users that one request may name. */
const namedAtOnce = 50;

export const memberCommands = contracts({
  'rooms.join': {
    method: 'POST',
    path: '/rooms/:room/join',
    tag: 'members',
    summary: 'Join a public group',
    description: 'Who is in already stays what he is. Who joins a room that everybody has left owns it.',
    parameters: ofRoom,
    answer: RoomSchema,
    example: { parameters: room, answer: aRoom },
  },
  'rooms.joinByNumber': {
    method: 'POST',
    path: '/rooms/join',
    tag: 'members',
    summary: 'Join a public group by its number',
    parameters: Type.Object({ number: RoomNumberSchema }),
    answer: RoomSchema,
    example: { parameters: { number: 17 }, answer: aRoom },
  },
  'rooms.add': {
    method: 'POST',
    path: '/rooms/:room/members',
    tag: 'members',
    summary: 'Make users members of a group, for its owners and moderators',
    description:
      'All of them, by one event, or nobody. Who is in already stays what he is. Refused for who is banned, and where ' +
      'there is a block between him and who adds.',
    parameters: Type.Object({
      room: RoomIdSchema,
      users: Type.Optional(Type.Array(UserIdSchema, { maxItems: namedAtOnce })),
      nicknames: Type.Optional(Type.Array(NicknameSchema, { maxItems: namedAtOnce })),
    }),
    answer: RoomSchema,
    example: { parameters: { ...room, users: [aUser] }, answer: aRoom },
  },
  'rooms.leave': {
    method: 'POST',
    path: '/rooms/:room/leave',
    tag: 'members',
    summary: 'Leave a group room',
    description:
      'When the last owner leaves, the moderator who joined first becomes owner, else the member who joined first. ' +
      'When nobody is left the room stays, with its history, and whoever joins it next owns it.',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.remove': {
    method: 'DELETE',
    path: '/rooms/:room/members/:user',
    tag: 'members',
    summary: 'Remove a member, for owners and moderators of the room',
    description:
      'Within a second he gets nothing more of the room on any edge. Nobody removes an owner, a moderator no moderator. ' +
      'Who is not in is removed already.',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.ban': {
    method: 'PUT',
    path: '/rooms/:room/bans/:user',
    tag: 'members',
    summary: 'Ban a user, member or not, for owners and moderators',
    description:
      'He is removed and can neither join nor be brought in, by no way, until he is unbanned. Banned again, he stays banned ' +
      'as he was.',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema, reason: Type.Optional(ReasonSchema) }),
    example: { parameters: { ...member, reason: 'Sells things' } },
  },
  'rooms.unban': {
    method: 'DELETE',
    path: '/rooms/:room/bans/:user',
    tag: 'members',
    summary: 'Let a banned user come in again, for owners and moderators',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.bans': {
    method: 'GET',
    path: '/rooms/:room/bans',
    tag: 'members',
    summary: 'Who is banned from a room, for its owners and moderators',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(BanSchema),
    example: {
      parameters: room,
      answer: { items: [{ user: aUser, nickname: 'ana', by: aUser, at: aTime, reason: 'Sells things' }] },
    },
  },
  'rooms.mute': {
    method: 'PUT',
    path: '/rooms/:room/members/:user/mute',
    tag: 'members',
    summary: 'Let a member read but not write, for owners and moderators',
    description: 'It holds when he leaves and comes back.',
    parameters: Type.Object({
      room: RoomIdSchema,
      user: UserIdSchema,
      until: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; absent: for good' })),
    }),
    example: { parameters: { ...member, until: aTime } },
  },
  'rooms.unmute': {
    method: 'DELETE',
    path: '/rooms/:room/members/:user/mute',
    tag: 'members',
    summary: 'Let a member write again, for owners and moderators',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.setRole': {
    method: 'PUT',
    path: '/rooms/:room/members/:user/role',
    tag: 'members',
    summary: 'Make a member owner, moderator or member, for owners',
    description: 'Nobody takes the role of another owner; the last owner keeps his own.',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema, role: RoleSchema }),
    example: { parameters: { ...member, role: 'moderator' } },
  },
  'rooms.handOver': {
    method: 'POST',
    path: '/rooms/:room/hand-over',
    tag: 'members',
    summary: 'Make a member owner in my place; I become a moderator',
    parameters: ofMember,
    example: { parameters: member },
  },
  'rooms.members': {
    method: 'GET',
    path: '/rooms/:room/members',
    tag: 'members',
    summary: 'Members of a room, for its members',
    parameters: Type.Object({ room: RoomIdSchema, role: Type.Optional(RoleSchema), ...page }),
    answer: pageOf(MemberSchema),
    example: { parameters: room, answer: { items: [aMember] } },
  },
  'rooms.read': {
    method: 'POST',
    path: '/rooms/:room/read',
    tag: 'members',
    summary: 'I have read a room up to there',
    description: 'Answered once that is stored. A lower sequence than the one before changes nothing.',
    parameters: Type.Object({ room: RoomIdSchema, sequence: SequenceSchema }),
    example: { parameters: { ...room, sequence: 1042 } },
  },
  'rooms.markUnread': {
    method: 'POST',
    path: '/rooms/:room/unread',
    tag: 'members',
    summary: 'Mark a room unread from a message on, on all my devices',
    description:
      'My counts are of what is above my mark, or from that message on where that is more, until I read the room again, ' +
      'however far. Others see my mark as before: it never goes back.',
    parameters: Type.Object({ room: RoomIdSchema, sequence: SequenceSchema }),
    example: { parameters: { ...room, sequence: 1040 } },
  },
  'rooms.receipts': {
    method: 'GET',
    path: '/rooms/:room/receipts',
    tag: 'members',
    summary: 'How far the members of a room have come, for its members',
    description: 'Every mark that was answered, whether it is in MongoDB or not.',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(ReceiptSchema),
    example: { parameters: room, answer: { items: [{ user: aUser, received: 1042, read: 1037, at: aTime }] } },
  },
});
