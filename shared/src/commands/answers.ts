import { type TSchema, Type } from 'typebox';
import {
  accountRoles,
  ClientIdSchema,
  CustomDataSchema,
  historyPolicies,
  RoomIdSchema,
  roles,
  roomKinds,
  UserIdSchema,
  visibilities,
} from '../schema/index.ts';

/** How the things of the domain look to clients. */

export const TimeSchema = Type.String({ format: 'date-time', description: 'RFC 3339' });
export const SequenceSchema = Type.Integer({ minimum: 1, description: 'Number of an event; grows within a room' });

/** Items of a page when none are asked for. */
export const pageSize = 50;

/** What every list takes. */
export const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: pageSize })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: '`next` of the page before' })),
};

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent: there is no more' })),
  });

export const UserSchema = Type.Object({
  id: UserIdSchema,
  email: Type.String(),
  nickname: Type.String(),
  role: Type.Enum([...accountRoles]),
  createdAt: TimeSchema,
});

/** What anybody sees of a user. */
export const PersonSchema = Type.Object({ id: UserIdSchema, nickname: Type.String() });

export const RoleSchema = Type.Enum([...roles]);

export const RoomSchema = Type.Object({
  id: RoomIdSchema,
  kind: Type.Enum([...roomKinds]),
  name: Type.String({ description: 'Empty in a direct room' }),
  topic: Type.Optional(Type.String()),
  image: Type.Optional(Type.String({ description: 'Address of an image' })),
  visibility: Type.Enum([...visibilities], { description: '`private`: whoever is not in is told that there is none' }),
  custom: Type.Optional(CustomDataSchema),
  history: Type.Enum([...historyPolicies], { description: 'What members see of it' }),
  number: Type.Optional(Type.Integer({ description: 'Number by which people find a group' })),
  members: Type.Integer(),
  frozen: Type.Optional(Type.Literal(true, { description: 'Only owners and moderators write' })),
  archived: Type.Optional(Type.Literal(true, { description: 'Nobody writes, nobody comes in' })),
  slow: Type.Optional(Type.Integer({ description: 'Seconds between two messages of one member' })),
  version: Type.Integer({ description: 'Of what can be changed of it: for `If-Match`' }),
  createdAt: TimeSchema,
  createdBy: UserIdSchema,
  role: Type.Optional(RoleSchema),
  joinedAt: Type.Optional(TimeSchema),
  mutedUntil: Type.Optional(
    Type.Union([TimeSchema, Type.Literal('forever')], { description: 'I write nothing until' }),
  ),
  with: Type.Optional(
    Type.Object(
      { id: UserIdSchema, nickname: Type.Optional(Type.String()) },
      { description: 'The other one of a direct room; myself in a room of my own' },
    ),
  ),
  read: Type.Optional(
    Type.Integer({ minimum: 0, description: 'How far I have read it, 0 for not at all; absent: not known now' }),
  ),
  unread: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100, description: 'Messages above that since I am in; 100: or more' }),
  ),
  last: Type.Optional(
    Type.Object(
      { sequence: SequenceSchema, user: UserIdSchema, at: TimeSchema, text: Type.String() },
      { description: 'The last message that is stored; for members only' },
    ),
  ),
});

export const MemberSchema = Type.Object({
  user: UserIdSchema,
  nickname: Type.Optional(Type.String()),
  role: RoleSchema,
  joinedAt: TimeSchema,
  mutedUntil: Type.Optional(Type.Union([TimeSchema, Type.Literal('forever')], { description: 'Writes nothing until' })),
});

export const MessageSchema = Type.Object({
  sequence: SequenceSchema,
  kind: Type.Literal('msg'),
  user: UserIdSchema,
  at: TimeSchema,
  clientId: ClientIdSchema,
  body: Type.Object({ text: Type.String() }, { description: 'What it says now; empty when it is deleted' }),
  thread: Type.Optional(SequenceSchema),
  edited: Type.Optional(TimeSchema),
  deleted: Type.Optional(Type.Literal(true)),
  reactions: Type.Array(
    Type.Object({
      emoji: Type.String(),
      count: Type.Integer(),
      mine: Type.Boolean({ description: 'Whether I put it, too' }),
    }),
    { description: 'The most frequent first' },
  ),
});

export const StoredSchema = Type.Object({
  sequence: Type.Integer({ minimum: 1, description: 'Number of the event that made the change' }),
  at: TimeSchema,
  duplicate: Type.Optional(Type.Literal(true, { description: 'It had been made before, under the same client id' })),
});
