import { Type } from 'typebox';
import { RoomIdSchema, type UserId, UserIdSchema } from '../schema/index.ts';
import { page, pageOf, RoomSchema, SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const room = '01kahzv5c0d1e2f3g4h5j6k7m8';
const user = '01kahzwq2m7n8p9q0r1s2t3v4w';
const hit = {
  ...{ room, sequence: 41, user, nickname: 'bob', at: '2026-11-21T12:00:00.000Z' },
  ...{ text: '내일 서울에서 만나요', highlights: [[3, 2]] },
};

const q = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'What is looked for: all of its words, wherever they stand. Case and accents do not count',
});
/** What is looked for, and by whom it was written. */
const sought = {
  q,
  from: Type.Optional(Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Only messages of that user' })),
};

const Place = Type.Integer({ minimum: 0 });
const HitSchema = Type.Object({
  room: RoomIdSchema,
  sequence: SequenceSchema,
  user: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who wrote the message' }),
  nickname: Type.Optional(Type.String()),
  at: TimeSchema,
  edited: Type.Optional(TimeSchema),
  thread: Type.Optional(SequenceSchema),
  text: Type.String({
    description: 'What the message says now: some 240 UTF-16 units around the first place, `…` for what is left out',
  }),
  highlights: Type.Array(Type.Tuple([Place, Place]), {
    description: 'Places in `text`: start and length of each, in UTF-16 units as JavaScript counts',
  }),
});
const InRoomsSchema = Type.Object({ ...HitSchema.properties, roomName: Type.String() });

const how =
  'Korean, Japanese, Chinese and Thai are found by any part, words of other scripts by their beginning, and signs as they are ' +
  'written (`@alice`, `3.14`, `example.org/a`). A page may be shorter than asked for and have a next one.';

export const searchCommands = contracts({
  'messages.search': {
    method: 'GET',
    path: '/rooms/:room/search',
    tag: 'messages',
    summary: 'Messages of a room that say something, newest first, for its members',
    description: `Those that I may see, by what they say now, deleted ones never. ${how}`,
    parameters: Type.Object({
      room: RoomIdSchema,
      ...sought,
      before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only messages with lower sequences' })),
      after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only messages with higher sequences' })),
      limit: page.limit,
    }),
    answer: Type.Object({
      items: Type.Array(HitSchema),
      next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent: all was looked at' })),
    }),
    example: { parameters: { q: '서울' }, answer: { items: [hit], next: 41 } },
  },
  'search.messages': {
    method: 'GET',
    path: '/search/messages',
    tag: 'messages',
    summary: 'Messages of all my rooms that say something, newest first',
    description: `Those that I may see, by what they say now, deleted ones never; found some milliseconds after they were sent. ${how}`,
    parameters: Type.Object({ ...sought, ...page }),
    answer: pageOf(InRoomsSchema),
    example: { parameters: { q: '서울' }, answer: { items: [{ ...hit, roomName: 'Kitchen' }] } },
  },
  'search.rooms': {
    method: 'GET',
    path: '/search/rooms',
    tag: 'rooms',
    summary: 'Public groups and rooms of mine whose name and topic have certain words, the newest first',
    description:
      'Words are found as in messages. A direct room has no name: look for the user. A page may be shorter than asked for ' +
      'and have a next one.',
    parameters: Type.Object({ q, ...page }),
    answer: pageOf(RoomSchema),
    example: { parameters: { q: '등산' } },
  },
});
