import { Type } from 'typebox';
import { RoomIdSchema, RoomNumberSchema, UserIdSchema } from '../schema/index.ts';
import { MemberSchema, page, pageOf, RoomSchema, SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const ofRoom = Type.Object({ room: RoomIdSchema });
const UpTo = Type.Integer({ minimum: 0, description: 'Sequence; 0 for nothing' });

const ReceiptSchema = Type.Object({
  user: UserIdSchema,
  received: UpTo,
  read: UpTo,
  at: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; when the newest of the two came' })),
});

export const memberCommands = contracts({
  'rooms.join': {
    method: 'POST',
    path: '/rooms/:room/join',
    tag: 'members',
    summary: 'Join a group room',
    description: 'Who is in already stays what he is. Who joins a room that everybody has left owns it.',
    parameters: ofRoom,
    answer: RoomSchema,
  },
  'rooms.joinByNumber': {
    method: 'POST',
    path: '/rooms/join',
    tag: 'members',
    summary: 'Join a group room by its number',
    parameters: Type.Object({ number: RoomNumberSchema }),
    answer: RoomSchema,
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
  },
  'rooms.remove': {
    method: 'DELETE',
    path: '/rooms/:room/members/:user',
    tag: 'members',
    summary: 'Remove a member, for owners and moderators of the room',
    description:
      'Within a second he gets nothing more of the room on any edge. An owner cannot be removed. Who is not in is removed ' +
      'already.',
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema }),
  },
  'rooms.members': {
    method: 'GET',
    path: '/rooms/:room/members',
    tag: 'members',
    summary: 'Members of a room, for its members',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(MemberSchema),
  },
  'rooms.read': {
    method: 'POST',
    path: '/rooms/:room/read',
    tag: 'members',
    summary: 'I have read a room up to there',
    description: 'Answered once that is stored. A lower sequence than the one before changes nothing.',
    parameters: Type.Object({ room: RoomIdSchema, sequence: SequenceSchema }),
  },
  'rooms.receipts': {
    method: 'GET',
    path: '/rooms/:room/receipts',
    tag: 'members',
    summary: 'How far the members of a room have come, for its members',
    description: 'Every mark that was answered, whether it is in MongoDB or not.',
    parameters: Type.Object({ room: RoomIdSchema, ...page }),
    answer: pageOf(ReceiptSchema),
  },
});
