import { Type } from 'typebox';
import { ClientIdSchema, RoomIdSchema } from '../schema/index.ts';
import { MessageSchema, page, SequenceSchema, StoredSchema } from './answers.ts';
import { contracts } from './contract.ts';

/** Repeated with the same one a change is made once; without one each request is a change of its own. */
export const clientId = Type.Optional(ClientIdSchema);

const target = { room: RoomIdSchema, sequence: SequenceSchema };
const Emoji = Type.String({ minLength: 1, maxLength: 100, description: 'An emoji; percent-encoded in a path' });

export const messageCommands = contracts({
  'messages.list': {
    method: 'GET',
    path: '/rooms/:room/messages',
    tag: 'messages',
    summary: 'Messages of a room, newest first, for its members',
    description:
      'Every acknowledged message, once. With `after` alone the page starts next to it, else at the newest end. ' +
      'While the log is away pages of older messages still answer.',
    parameters: Type.Object({
      room: RoomIdSchema,
      before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only messages with lower sequences' })),
      after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only messages with higher sequences' })),
      limit: page.limit,
    }),
    answer: Type.Object({
      items: Type.Array(MessageSchema),
      next: Type.Optional(
        Type.Integer({
          description: '`before` of the next page (`after`, when only that was given); absent: there is no more',
        }),
      ),
    }),
  },
  'messages.edit': {
    method: 'PATCH',
    path: '/rooms/:room/messages/:sequence',
    tag: 'messages',
    summary: 'Give a message of mine another text',
    description: 'Repeated with the same `clientId` it is made once; without one each request is a change of its own.',
    parameters: Type.Object({ ...target, body: Type.Object({ text: Type.String() }), clientId }),
    answer: StoredSchema,
  },
  'messages.delete': {
    method: 'DELETE',
    path: '/rooms/:room/messages/:sequence',
    tag: 'messages',
    summary: 'Delete a message for good',
    description: 'Its author may, and owners and moderators of the room.',
    parameters: Type.Object({ ...target, clientId }),
    answer: StoredSchema,
  },
  'messages.react': {
    method: 'PUT',
    path: '/rooms/:room/messages/:sequence/reactions/:emoji',
    tag: 'messages',
    summary: 'Put a reaction to a message',
    parameters: Type.Object({ ...target, emoji: Emoji, clientId }),
    answer: StoredSchema,
  },
  'messages.unreact': {
    method: 'DELETE',
    path: '/rooms/:room/messages/:sequence/reactions/:emoji',
    tag: 'messages',
    summary: 'Take a reaction of mine back',
    parameters: Type.Object({ ...target, emoji: Emoji, clientId }),
    answer: StoredSchema,
  },
});
