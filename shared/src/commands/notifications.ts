import { Type } from 'typebox';
import { NotifyLevelSchema, RoomIdSchema, type UserId, UserIdSchema } from '../schema/index.ts';
import { SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aRoomId, aTime } from './examples.ts';

const VersionSchema = Type.Integer({ minimum: 1, description: 'Grows with each change; the ETag' });
const forever = Type.Literal('forever');
const UntilSchema = Type.Union([TimeSchema, forever], { description: 'Told of nothing until then' });
const NewUntil = Type.Optional(
  Type.Union([TimeSchema, forever, Type.Null()], { description: 'A time, `forever`, or `null`: not any more' }),
);

const MineSchema = Type.Object({
  level: NotifyLevelSchema,
  quietUntil: Type.Optional(UntilSchema),
  version: VersionSchema,
});

const OfRoomSchema = Type.Object({
  level: Type.Unsafe<Type.Static<typeof NotifyLevelSchema>>({
    ...NotifyLevelSchema,
    description: 'What holds in this room now',
  }),
  own: Type.Optional(
    Type.Unsafe<Type.Static<typeof NotifyLevelSchema>>({
      ...NotifyLevelSchema,
      description: 'What I said of this room',
    }),
  ),
  mutedUntil: Type.Optional(UntilSchema),
  version: VersionSchema,
});

const NotificationSchema = Type.Object({
  sequence: SequenceSchema,
  kind: Type.Enum(['mention', 'reply', 'quote', 'invite', 'notice']),
  user: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who did it' }),
  nickname: Type.Optional(Type.String()),
  at: TimeSchema,
  seen: Type.Boolean({ description: 'Whether I have seen it, on whatever device' }),
  room: Type.Optional(RoomIdSchema),
  roomName: Type.Optional(Type.String()),
  message: Type.Optional(SequenceSchema),
  thread: Type.Optional({ ...SequenceSchema, description: 'Sequence of the message that begins its thread' }),
  all: Type.Optional(Type.Literal(true, { description: 'Everybody of the room was called, not I by name' })),
  invitation: Type.Optional(Type.String({ description: 'By it I accept or decline' })),
  text: Type.Optional(Type.String({ description: 'What the message says now, or the notice' })),
});

const person = '01kahzwq2m7n8p9q0r1s2t3v4w';
const count = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 100, description: `${description}; 100: or more` });

export const notificationCommands = contracts({
  'me.notifications': {
    method: 'GET',
    path: '/me/notifications/settings',
    tag: 'me',
    summary: 'Of what I want to be told, where I have said nothing of the room',
    parameters: Type.Object({}),
    answer: MineSchema,
    example: { answer: { level: 'all', version: 1 } },
  },
  'me.setNotifications': {
    method: 'PATCH',
    path: '/me/notifications/settings',
    tag: 'me',
    summary: 'Say of what I want to be told, and be told of nothing for a while',
    description:
      'What is not named stays. `all` means mentions in groups with more members than the installation allows for it (100 ' +
      'by default), until I ask for all of it there. All my devices are told by `notify`.',
    parameters: Type.Object({
      level: Type.Optional(NotifyLevelSchema),
      quietUntil: NewUntil,
      ifVersion: Type.Optional(VersionSchema),
    }),
    answer: MineSchema,
    example: {
      parameters: { level: 'mentions', quietUntil: aTime },
      answer: { level: 'mentions', quietUntil: aTime, version: 2 },
    },
  },
  'rooms.notifications': {
    method: 'GET',
    path: '/rooms/:room/notifications',
    tag: 'me',
    summary: 'Of what of a room I want to be told',
    parameters: Type.Object({ room: RoomIdSchema }),
    answer: OfRoomSchema,
    live: true,
    example: { parameters: { room: aRoomId }, answer: { level: 'all', version: 1 } },
  },
  'rooms.setNotifications': {
    method: 'PATCH',
    path: '/rooms/:room/notifications',
    tag: 'me',
    summary: 'Say of what of a room I want to be told, or mute it',
    description:
      'What is not named stays; `level: null`: as everywhere. A muted room tells of nothing, not of mentions either; they ' +
      'are listed and counted all the same. It holds when I leave and come back. All my devices are told by `notify`.',
    parameters: Type.Object({
      room: RoomIdSchema,
      level: Type.Optional(Type.Union([NotifyLevelSchema, Type.Null()])),
      mutedUntil: NewUntil,
      ifVersion: Type.Optional(VersionSchema),
    }),
    answer: OfRoomSchema,
    live: true,
    example: {
      parameters: { room: aRoomId, level: 'mentions', mutedUntil: 'forever' },
      answer: { level: 'mentions', own: 'mentions', mutedUntil: 'forever', version: 2 },
    },
  },
  'notifications.list': {
    method: 'GET',
    path: '/me/notifications',
    tag: 'me',
    scope: 'messages:read',
    summary: 'What I was notified of for good, the newest first',
    description:
      'Mentions, answers, quotes, invitations and notices of my inbox, under its numbers, as far as they concern me still: ' +
      'not of rooms that I left, of messages that are deleted or name me no more, of whom a block parts me from. What is ' +
      'muted now stays in the list. A page may be shorter than asked for and have a next one.',
    parameters: Type.Object({
      before: Type.Optional(Type.Integer({ minimum: 1, description: '`next` of the page before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
    }),
    answer: Type.Object({
      items: Type.Array(NotificationSchema),
      next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent: there is no more' })),
    }),
    example: {
      answer: {
        items: [
          {
            sequence: 1044,
            kind: 'reply',
            user: person,
            nickname: 'bob',
            at: aTime,
            seen: false,
            room: aRoomId,
            roomName: 'Kitchen',
            message: 1042,
            thread: 1037,
            text: 'the soup is ready',
          },
        ],
      },
    },
  },
  'notifications.seen': {
    method: 'PUT',
    path: '/me/notifications/seen',
    tag: 'me',
    summary: 'I have seen my notifications up to there, on all devices',
    description: 'It only rises. My sockets are told by `readelse` with my own id as `r`, and `hi.seen` says it.',
    parameters: Type.Object({ sequence: SequenceSchema }),
    example: { parameters: { sequence: 1044 } },
  },
  'me.badge': {
    method: 'GET',
    path: '/me/badge',
    tag: 'me',
    summary: 'What a badge shows: how much there is that counts by my settings',
    description:
      'Rooms at `all` count with unread messages, those at `mentions` with unread mentions, muted ones and those at `none` ' +
      'not at all; while I am quiet nothing does. What I wrote myself is not unread. The hundred rooms with the latest activity and the hundred newest words of my inbox are looked at.',
    parameters: Type.Object({}),
    answer: Type.Object({
      rooms: count('Rooms with something unread that counts'),
      mentions: count('Unread mentions in rooms that count'),
      notifications: count('Notifications that I have not seen'),
    }),
    example: { answer: { rooms: 3, mentions: 1, notifications: 2 } },
  },
});
