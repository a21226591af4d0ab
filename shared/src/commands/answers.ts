import { type TSchema, Type } from 'typebox';
import {
  accountRoles,
  ClientIdSchema,
  CustomDataSchema,
  FileIdSchema,
  historyPolicies,
  ImageAddressSchema,
  NewBodySchema,
  NotifyLevelSchema,
  type RoomId,
  RoomIdSchema,
  roles,
  roomKinds,
  type UserId,
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
  // Of a list by name it holds the last name's key, which is up to ten times as long.
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description: '`next` of the page before' })),
};

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent: there is no more' })),
  });

export const UserSchema = Type.Object({
  id: UserIdSchema,
  email: Type.String(),
  emailVerified: Type.Boolean({ description: 'Whether the user has shown that he reads the address' }),
  nickname: Type.String(),
  role: Type.Enum([...accountRoles]),
  createdAt: TimeSchema,
});

/** What anybody sees of a user. */
export const PersonSchema = Type.Object({ id: UserIdSchema, nickname: Type.String() });

export const RoleSchema = Type.Enum([...roles]);

/** A room, and what a user is to it. */
export const roomFields = {
  id: RoomIdSchema,
  kind: Type.Enum([...roomKinds]),
  name: Type.String({ description: 'Empty in a direct room' }),
  topic: Type.Optional(Type.String()),
  image: Type.Optional(ImageAddressSchema),
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
};

/** As who is in it sees it: what is said there, and how far he has read it, is told nobody else. */
export const RoomSchema = Type.Object({
  ...roomFields,
  read: Type.Optional(
    Type.Integer({ minimum: 0, description: 'How far I have read it, 0 for not at all; absent: not known now' }),
  ),
  unreadFrom: Type.Optional(
    Type.Integer({ minimum: 1, description: 'I marked it unread from that message on, and have not read it since' }),
  ),
  unread: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100,
      description:
        'What others wrote above `read`, or from `unreadFrom` on, since I am in, as `last` counts it; 100: or more',
    }),
  ),
  mentions: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100, description: 'How many messages above it name me; 100: or more' }),
  ),
  notifications: Type.Optional(
    Type.Object(
      {
        level: NotifyLevelSchema,
        mutedUntil: Type.Optional(Type.Union([TimeSchema, Type.Literal('forever')])),
      },
      { description: 'Of what of it I am told, in lists of my rooms' },
    ),
  ),
  last: Type.Optional(
    Type.Object(
      {
        ...{ sequence: SequenceSchema, user: UserIdSchema, at: TimeSchema, text: Type.String() },
        files: Type.Optional(Type.Integer({ minimum: 1, description: 'How many files it has' })),
      },
      { description: 'The last message that is stored; for members who may read it, and keys with `messages:read`' },
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

/** As uploads are answered, and messages carry them. */
export const FileSchema = Type.Object({
  id: FileIdSchema,
  name: Type.String({ description: 'To be shown only' }),
  type: Type.String({ description: 'Media type, by its content' }),
  size: Type.Integer({ minimum: 0, description: 'Bytes' }),
  width: Type.Optional(Type.Integer({ minimum: 1, description: 'Of an image, in pixels' })),
  height: Type.Optional(Type.Integer({ minimum: 1, description: 'Of an image, in pixels' })),
  thumb: Type.Optional(Type.Literal(true, { description: 'There is a small picture of it' })),
});

export const BodySchema = Type.Object(
  {
    ...NewBodySchema.properties,
    files: Type.Optional(Type.Array(FileSchema, { description: 'Its files; `messages.file` leads to them' })),
    forwarded: Type.Optional(
      Type.Object(
        { room: RoomIdSchema, sequence: SequenceSchema, user: UserIdSchema },
        { description: 'The message that was forwarded, and who wrote it' },
      ),
    ),
  },
  { description: 'What it says now; empty when it is deleted' },
);

const NamedUserSchema = Type.Object({ user: UserIdSchema, nickname: Type.Optional(Type.String()) });

export const ReactorSchema = NamedUserSchema;

export const ReaderSchema = Type.Object({
  ...NamedUserSchema.properties,
  at: { ...TimeSchema, description: 'RFC 3339; when he last said how far he has read' },
});

export const MessageSchema = Type.Object({
  sequence: SequenceSchema,
  kind: Type.Literal('msg'),
  user: UserIdSchema,
  at: TimeSchema,
  clientId: ClientIdSchema,
  body: BodySchema,
  version: Type.Integer({ description: 'Sequence of the event that made it what it is' }),
  thread: Type.Optional({ ...SequenceSchema, description: 'Sequence of the message that begins its thread' }),
  also: Type.Optional(Type.Literal(true, { description: 'Of a thread, and to be shown in the room as well' })),
  whisperedIn: Type.Optional(
    Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'The room in which it was whispered' }),
  ),
  edited: Type.Optional(TimeSchema),
  deleted: Type.Optional(Type.Literal(true)),
  mentions: Type.Optional(Type.Array(NamedUserSchema, { description: 'Whom it mentions, as they are called now' })),
  link: Type.Optional(
    Type.Object(
      {
        url: Type.String(),
        title: Type.String(),
        text: Type.Optional(Type.String()),
        site: Type.Optional(Type.String()),
      },
      { description: 'What its first link leads to, as the page says of itself: plain text' },
    ),
  ),
  replies: Type.Optional(
    Type.Object(
      {
        count: Type.Integer(),
        last: Type.Object({ sequence: SequenceSchema, at: TimeSchema }),
        users: Type.Array(UserIdSchema, { description: 'Who answered last, the latest first; at most three' }),
      },
      { description: 'The thread that it begins; absent without answers' },
    ),
  ),
  reactions: Type.Array(
    Type.Object({
      emoji: Type.String(),
      count: Type.Integer(),
      mine: Type.Boolean({ description: 'Whether I put it, too' }),
    }),
    { description: 'The most frequent first' },
  ),
});

export const VersionSchema = Type.Object({
  version: Type.Integer({ description: 'Sequence of the event that made it so; of the first that of the message' }),
  at: TimeSchema,
  body: BodySchema,
});

export const PinSchema = Type.Object({
  message: MessageSchema,
  by: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who pinned it' }),
  at: TimeSchema,
});

export const StoredSchema = Type.Object({
  sequence: Type.Integer({ minimum: 1, description: 'Number of the event that made the change' }),
  at: TimeSchema,
  duplicate: Type.Optional(Type.Literal(true, { description: 'It had been made before, under the same client id' })),
});

export const StoredInSchema = Type.Object({ room: RoomIdSchema, ...StoredSchema.properties });
