import { Type } from 'typebox';
import { RoomIdSchema, UserIdSchema } from '../schema/index.ts';
import { page, pageOf, SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const room = '01kahzv5c0d1e2f3g4h5j6k7m8';

export const MentionSchema = Type.Object({
  room: RoomIdSchema,
  roomName: Type.String(),
  sequence: SequenceSchema,
  user: Type.Unsafe<Type.Static<typeof UserIdSchema>>({ ...UserIdSchema, description: 'Who wrote the message' }),
  nickname: Type.Optional(Type.String()),
  at: TimeSchema,
  text: Type.String({ description: 'What the message says now, its first 256 characters' }),
  thread: Type.Optional(SequenceSchema),
  all: Type.Optional(Type.Literal(true, { description: 'Everybody of the room was called, not I by name' })),
});

export const mentionCommands = contracts({
  'mentions.list': {
    method: 'GET',
    path: '/mentions',
    tag: 'me',
    scope: 'messages:read',
    summary: 'Messages that name me, the newest first',
    description:
      'Those that I may read now: in rooms that I am in, not deleted, and still naming me. A message is here some ' +
      'milliseconds after it was sent. A page may be shorter than asked for and have a next one.',
    parameters: Type.Object({ ...page }),
    answer: pageOf(MentionSchema),
    example: {
      answer: {
        items: [
          {
            room,
            roomName: 'Kitchen',
            sequence: 41,
            user: '01kahzwq2m7n8p9q0r1s2t3v4w',
            nickname: 'bob',
            at: '2026-11-21T12:00:00.000Z',
            text: '@alice the soup is ready',
          },
        ],
      },
    },
  },
  'mentions.count': {
    method: 'GET',
    path: '/mentions/count',
    tag: 'me',
    summary: 'How many messages beyond my read mark name me, by room',
    description: 'A page looks at that many of my rooms and names those of them with such messages.',
    parameters: Type.Object({ ...page }),
    answer: pageOf(
      Type.Object({
        room: RoomIdSchema,
        count: Type.Integer({ minimum: 1, maximum: 100, description: '100: or more' }),
      }),
    ),
    example: { answer: { items: [{ room, count: 2 }] } },
  },
});
