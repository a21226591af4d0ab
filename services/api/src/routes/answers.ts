import {
  accountRoles,
  ClientIdSchema,
  historyPolicies,
  RoomIdSchema,
  roles,
  roomKinds,
  UserIdSchema,
} from '@gapless/shared/schema';
import { type TSchema, Type } from 'typebox';
import type { Account } from '../domain/account-store.ts';
import type { ShownMessage } from '../domain/history.ts';
import type { Stored } from '../domain/message-changes.ts';
import type { Membership } from '../domain/room-store.ts';
import type { RoomView } from '../domain/rooms.ts';
import { ProblemSchema } from '../plugins/problem.ts';

/** How the things of the domain look in REST, schema beside mapping. */

const Time = Type.String({ format: 'date-time', description: 'RFC 3339' });
export const SequenceSchema = Type.Integer({ minimum: 1, description: 'Number of an event; grows within a room' });

const problem = { content: { 'application/problem+json': { schema: ProblemSchema } } };
export const problems = { '4xx': problem, '5xx': problem };

/** Items of a page when none are asked for. */
export const pageSize = 50;

export const LimitSchema = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: pageSize }));

export const PageQuerySchema = Type.Object(
  {
    limit: LimitSchema,
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: '`next` of the page before' })),
  },
  { additionalProperties: false },
);

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
  createdAt: Time,
});

export const showUser = ({ id, email, nickname, role, createdAt }: Account) => ({
  id,
  email,
  nickname,
  role,
  createdAt: createdAt.toISOString(),
});

const RoleSchema = Type.Enum([...roles]);

export const RoomSchema = Type.Object({
  id: RoomIdSchema,
  kind: Type.Enum([...roomKinds]),
  name: Type.String(),
  history: Type.Enum([...historyPolicies], { description: 'What members see of it' }),
  number: Type.Integer({ description: 'Number by which people find the room' }),
  members: Type.Integer(),
  createdAt: Time,
  createdBy: UserIdSchema,
  role: Type.Optional(RoleSchema),
  joinedAt: Type.Optional(Time),
  read: Type.Optional(
    Type.Integer({ minimum: 0, description: 'How far I have read it, 0 for not at all; absent: not known now' }),
  ),
  last: Type.Optional(
    Type.Object(
      { sequence: SequenceSchema, user: UserIdSchema, at: Time, text: Type.String() },
      { description: 'The last message that is stored; for members only' },
    ),
  ),
});

export function showRoom({ room, membership, read }: RoomView) {
  const { id, kind, name, history, number, members, createdBy, last } = room;
  const shown = { id, kind, name, history, number, members, createdAt: room.createdAt.toISOString(), createdBy };
  if (membership === undefined) return shown;
  const { role, joinedAt } = membership;
  const mine = { ...shown, role, joinedAt: joinedAt.toISOString(), ...(read === undefined ? {} : { read }) };
  if (last === undefined) return mine;
  return { ...mine, last: { sequence: last.seq, user: last.user, at: last.at.toISOString(), text: last.text } };
}

export const MemberSchema = Type.Object({
  user: UserIdSchema,
  nickname: Type.Optional(Type.String()),
  role: RoleSchema,
  joinedAt: Time,
});

export const showMember = ({ user, role, joinedAt }: Membership, nickname: string | undefined) => ({
  user,
  ...(nickname === undefined ? {} : { nickname }),
  role,
  joinedAt: joinedAt.toISOString(),
});

export const MessageSchema = Type.Object({
  sequence: SequenceSchema,
  kind: Type.Literal('msg'),
  user: UserIdSchema,
  at: Time,
  clientId: ClientIdSchema,
  body: Type.Object({ text: Type.String() }, { description: 'What it says now; empty when it is deleted' }),
  thread: Type.Optional(SequenceSchema),
  edited: Type.Optional(Time),
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
  at: Time,
  duplicate: Type.Optional(Type.Literal(true, { description: 'It had been made before, under the same client id' })),
});

export const showStored = ({ seq, at, duplicate }: Stored) => ({
  sequence: seq,
  at: new Date(at).toISOString(),
  ...(duplicate ? { duplicate: true as const } : {}),
});

export const showMessage = (message: ShownMessage) => {
  const { seq, user, at, clientId, body, thread, edited, deleted, reactions } = message;
  return {
    sequence: seq,
    kind: 'msg' as const,
    user,
    at: at.toISOString(),
    clientId,
    body: { text: body.text },
    ...(thread === undefined ? {} : { thread }),
    ...(edited === undefined ? {} : { edited: edited.toISOString() }),
    ...(deleted ? { deleted: true as const } : {}),
    reactions: reactions.map(({ emoji, count, mine }) => ({ emoji, count, mine })),
  };
};
