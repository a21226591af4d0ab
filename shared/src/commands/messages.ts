import { Type } from 'typebox';
import {
  ClientIdSchema,
  EditedBodySchema,
  NewBodySchema,
  type RoomId,
  RoomIdSchema,
  UserIdSchema,
} from '../schema/index.ts';
import {
  MessageSchema,
  PinSchema,
  page,
  pageOf,
  ReactorSchema,
  ReaderSchema,
  SequenceSchema,
  StoredInSchema,
  StoredSchema,
  VersionSchema,
} from './answers.ts';
import { contracts } from './contract.ts';

/** Repeated with the same one a change is made once; without one each request is a change of its own. */
export const clientId = Type.Optional(ClientIdSchema);

const room = '01kahzx3y8r5b1c2d3e4f5g6h7';
const user = '01kahzwq2m7n8p9q0r1s2t3v4w';
const at = '2026-11-21T12:00:00.000Z';
const idOfClient = '019aa3c1-5a40-7c31-9f6e-0d6c2b8a4e11';
const stored = { sequence: 1043, at };
const message = {
  ...{ sequence: 1042, kind: 'msg', user, at, clientId: idOfClient, version: 1042 },
  body: { text: 'hi', custom: { mood: 'good' } },
  reactions: [{ emoji: '👍', count: 2, mine: true }],
};

const target = { room: RoomIdSchema, sequence: SequenceSchema };
const Emoji = Type.String({ minLength: 1, maxLength: 100, description: 'An emoji; percent-encoded in a path' });

const range = {
  before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only messages with lower sequences' })),
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only messages with higher sequences' })),
  limit: page.limit,
};
const messages = {
  items: Type.Array(MessageSchema),
  next: Type.Optional(
    Type.Integer({
      description: '`before` of the next page (`after`, when only that was given); absent: there is no more',
    }),
  ),
};

/** Most rooms that one message is forwarded to at once. */
const maxTargets = 10;

export const messageCommands = contracts({
  'messages.list': {
    method: 'GET',
    path: '/rooms/:room/messages',
    tag: 'messages',
    summary: 'Messages of a room, newest first, for its members',
    description:
      'Every acknowledged message, once; a page of large ones holds fewer. With `after` alone the page starts next to it, with `around` it has as many on ' +
      'both sides of that number, whatever stands there; else it starts at the newest end. `thread` leaves only the ' +
      'answers to that message. While the log is away pages of older messages still answer.',
    parameters: Type.Object({
      room: RoomIdSchema,
      ...range,
      around: Type.Optional(Type.Integer({ minimum: 1, description: 'The middle of the page' })),
      thread: Type.Optional(Type.Integer({ minimum: 1, description: 'Sequence of the message that begins it' })),
    }),
    answer: Type.Object({
      ...messages,
      newer: Type.Optional(
        Type.Integer({ description: 'With `around`: `after` of the page behind it; absent: there is no more' }),
      ),
    }),
    example: { answer: { items: [message], next: 1042 } },
  },
  'messages.get': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence',
    tag: 'messages',
    summary: 'One message',
    parameters: Type.Object(target),
    answer: MessageSchema,
    live: true,
    example: { answer: message },
  },
  'messages.send': {
    method: 'POST',
    path: '/rooms/:room/messages',
    tag: 'messages',
    summary: 'Send a message',
    description:
      'Answered once it is stored. Repeated with the same `clientId` it is stored once, however late; without one each ' +
      'request is a message of its own.',
    parameters: Type.Object({
      room: RoomIdSchema,
      body: NewBodySchema,
      thread: Type.Optional({
        ...SequenceSchema,
        description: "Sequence of the message that it answers; it belongs to that one's thread",
      }),
      also: Type.Optional(Type.Boolean({ description: 'With `thread`: to be shown in the room as well' })),
      clientId,
    }),
    answer: StoredInSchema,
    makes: '/rooms/:room/messages/:sequence',
    example: { parameters: { body: { text: 'hi' }, clientId: idOfClient }, answer: { room, ...stored } },
  },
  'messages.whisper': {
    method: 'POST',
    path: '/whispers',
    tag: 'messages',
    summary: 'Send a message that only one other user sees',
    description:
      'A message of our direct room, which is made when there is none. `room` names the room in which it is whispered: ' +
      'both are members of it.',
    parameters: Type.Object({
      user: UserIdSchema,
      body: NewBodySchema,
      room: Type.Optional(Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'The room in which it is whispered' })),
      clientId,
    }),
    answer: StoredInSchema,
    makes: '/rooms/:room/messages/:sequence',
    example: {
      parameters: { user, body: { text: 'between us' }, clientId: idOfClient },
      answer: { room, ...stored },
    },
  },
  'messages.forward': {
    method: 'POST',
    path: '/rooms/:room/messages/:sequence/forward',
    tag: 'messages',
    summary: 'Forward a message into other rooms',
    description:
      'Its text and its `custom`, with where it comes from. Refused by one of the rooms it goes to none; repeated with ' +
      'the same `clientId` it goes to each once.',
    parameters: Type.Object({
      ...target,
      to: Type.Array(RoomIdSchema, { minItems: 1, maxItems: maxTargets, description: 'Rooms' }),
      clientId,
    }),
    answer: Type.Object({ items: Type.Array(StoredInSchema) }),
    example: { parameters: { to: [room], clientId: idOfClient }, answer: { items: [{ room, ...stored }] } },
  },
  'messages.edit': {
    method: 'PATCH',
    path: '/rooms/:room/messages/:sequence',
    tag: 'messages',
    summary: 'Give a message of mine another text',
    description:
      'Repeated with the same `clientId` it is made once; without one each request is a change of its own. With ' +
      '`ifVersion` only while that is the version of the message: else 412. What was forwarded cannot be edited.',
    parameters: Type.Object({
      ...target,
      body: EditedBodySchema,
      clientId,
      ifVersion: Type.Optional(Type.Integer({ minimum: 1, description: '`version` of the message that I saw' })),
    }),
    answer: StoredSchema,
    example: { parameters: { body: { text: 'hi there' }, clientId: idOfClient }, answer: stored },
  },
  'messages.edits': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence/edits',
    tag: 'messages',
    summary: 'All that a message has said, the first version first',
    description: 'For members who may see it. With its deletion all of it is gone.',
    parameters: Type.Object({ ...target, after: range.after, limit: range.limit }),
    answer: Type.Object({
      items: Type.Array(VersionSchema),
      next: Type.Optional(Type.Integer({ description: '`after` of the next page; absent: there is no more' })),
    }),
    example: { answer: { items: [{ version: 1042, at, body: { text: 'hi' } }] } },
  },
  'messages.delete': {
    method: 'DELETE',
    path: '/rooms/:room/messages/:sequence',
    tag: 'messages',
    summary: 'Delete a message for good',
    description: 'Its author may, and owners and moderators of the room.',
    parameters: Type.Object({ ...target, clientId }),
    answer: StoredSchema,
    example: { answer: stored },
  },
  'messages.thread': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence/thread',
    tag: 'messages',
    summary: 'A thread by any of its messages, its newest answers first',
    parameters: Type.Object({ ...target, ...range }),
    answer: Type.Object({ root: MessageSchema, ...messages }),
    example: { answer: { root: message, items: [] } },
  },
  'threads.list': {
    method: 'GET',
    path: '/rooms/:room/threads',
    tag: 'messages',
    summary: 'Threads of a room, the one with the latest answer first',
    description: 'Each by the message that begins it, deleted or not.',
    parameters: Type.Object({ room: RoomIdSchema, before: range.before, limit: range.limit }),
    answer: Type.Object({
      items: Type.Array(MessageSchema),
      next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent: there is no more' })),
    }),
    example: { answer: { items: [message] } },
  },
  'messages.react': {
    method: 'PUT',
    path: '/rooms/:room/messages/:sequence/reactions/:emoji',
    tag: 'messages',
    summary: 'Put a reaction to a message',
    description: 'At most 20 different ones at a message.',
    parameters: Type.Object({ ...target, emoji: Emoji, clientId }),
    answer: StoredSchema,
    example: { answer: stored },
  },
  'messages.unreact': {
    method: 'DELETE',
    path: '/rooms/:room/messages/:sequence/reactions/:emoji',
    tag: 'messages',
    summary: 'Take a reaction of mine back',
    parameters: Type.Object({ ...target, emoji: Emoji, clientId }),
    answer: StoredSchema,
    example: { answer: stored },
  },
  'messages.reactions': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence/reactions/:emoji',
    tag: 'messages',
    summary: 'Who has put that reaction to a message',
    parameters: Type.Object({ ...target, emoji: Emoji, ...page }),
    answer: pageOf(ReactorSchema),
    example: { answer: { items: [{ user, nickname: 'ada' }] } },
  },
  'messages.readers': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence/readers',
    tag: 'messages',
    summary: 'Who has read a message, for members who may see it',
    description:
      'Members who may see it, but its author, by rising id, since marks rise while one pages: nobody is named twice, and ' +
      'nobody is left out who had read it before. Above 100 members a page may hold fewer than asked for, or none, and there ' +
      'are no `counts`: `rcpt` tells them of the newest message.',
    parameters: Type.Object({ ...target, ...page }),
    answer: Type.Object({
      ...pageOf(ReaderSchema).properties,
      counts: Type.Optional(
        Type.Object(
          {
            read: Type.Integer({ minimum: 0 }),
            received: Type.Integer({ minimum: 0 }),
            of: Type.Integer({ minimum: 0, description: 'Who may see it, but its author' }),
          },
          { description: 'Of all of them, whatever the page' },
        ),
      ),
    }),
    example: { answer: { items: [{ user, nickname: 'ada', at }], counts: { read: 1, received: 2, of: 5 } } },
  },
  'messages.pin': {
    method: 'PUT',
    path: '/rooms/:room/pins/:sequence',
    tag: 'messages',
    summary: 'Put a message to the pins of the room',
    description: 'Owners and moderators may, in direct rooms both. A room has at most 100.',
    parameters: Type.Object({ ...target, clientId }),
    answer: StoredSchema,
    example: { answer: stored },
  },
  'messages.unpin': {
    method: 'DELETE',
    path: '/rooms/:room/pins/:sequence',
    tag: 'messages',
    summary: 'Take a message from the pins of the room',
    parameters: Type.Object({ ...target, clientId }),
    answer: StoredSchema,
    example: { answer: stored },
  },
  'messages.pins': {
    method: 'GET',
    path: '/rooms/:room/pins',
    tag: 'messages',
    summary: 'The pins of a room, the last pinned first',
    description: 'As many as fit one answer. A message that is deleted is none any more.',
    parameters: Type.Object({
      room: RoomIdSchema,
      before: Type.Optional(Type.Integer({ minimum: 1, description: '`next` of the answer before' })),
    }),
    answer: Type.Object({
      items: Type.Array(PinSchema),
      next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent: there is no more' })),
    }),
    example: { answer: { items: [{ message, by: user, at }] } },
  },
});
