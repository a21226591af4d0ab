import { Type } from 'typebox';
import {
  accountRoles,
  CustomDataSchema,
  EmailSchema,
  NicknameSchema,
  SessionIdSchema,
  UserIdSchema,
} from '../schema/index.ts';
import { page, pageOf, roomFields, TimeSchema, UserSchema } from './answers.ts';
import { SessionSchema, SignedInSchema } from './auth.ts';
import { contracts } from './contract.ts';
import { clientId } from './messages.ts';

const user = '01kahzwq2m7n8p9q0r1s2t3v4w';
const ofUser = Type.Object({ user: UserIdSchema });
const ExternalIdSchema = Type.String({ minLength: 1, maxLength: 128, description: 'What the back end calls him' });

const address = Type.Optional(
  Type.String({ minLength: 2, maxLength: 45, description: 'Also those from the network of this IP address' }),
);

/** A user as who runs the installation sees him. */
export const AccountSchema = Type.Object({
  ...UserSchema.properties,
  email: Type.Optional(Type.String()),
  custom: Type.Optional(CustomDataSchema),
  disabled: Type.Optional(Type.Literal(true)),
  seenAt: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; when his last socket closed' })),
});

const anAccount = {
  ...{ id: user, nickname: 'ada', email: 'ada@example.org', emailVerified: true, role: 'user' },
  createdAt: '2026-11-21T08:00:00.000Z',
};

const ofAdmins = { tag: 'admin', door: 'admin' } as const;
const read = { ...ofAdmins, scope: 'users:read' } as const;
const write = { ...ofAdmins, scope: 'users:write' } as const;

export const adminUserCommands = contracts({
  'users.all': {
    ...read,
    method: 'GET',
    path: '/admin/users',
    summary: 'Users, also those who are disabled',
    description:
      'The newest first; or those whose nickname begins so, by nickname; or the one with that e-mail address, or that the ' +
      'back end calls so.',
    parameters: Type.Object({
      nickname: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'Beginning of nicknames' })),
      email: Type.Optional(Type.String({ minLength: 3, maxLength: 254, description: 'A whole e-mail address' })),
      externalId: Type.Optional(ExternalIdSchema),
      ...page,
    }),
    answer: pageOf(AccountSchema),
    example: { parameters: { nickname: 'ad' }, answer: { items: [anAccount] } },
  },
  'users.look': {
    ...read,
    method: 'GET',
    path: '/admin/users/:user',
    summary: 'A user, with what only he and admins know',
    parameters: ofUser,
    answer: AccountSchema,
    example: { parameters: { user }, answer: anAccount },
  },
  'users.create': {
    ...write,
    method: 'POST',
    path: '/admin/users',
    summary: 'Make a user who needs no password',
    description:
      'He gets in by `users.token`; with an address also by a reset of the password he never had. Repeated with the same ' +
      '`externalId`, however late, it answers the user of before as he is.',
    parameters: Type.Object({
      nickname: NicknameSchema,
      email: Type.Optional(EmailSchema),
      custom: Type.Optional(CustomDataSchema),
      externalId: Type.Optional(ExternalIdSchema),
      clientId,
    }),
    answer: AccountSchema,
    makes: '/admin/users/:id',
    example: { parameters: { nickname: 'ada', externalId: 'customer-17' }, answer: anAccount },
  },
  'users.token': {
    ...write,
    method: 'POST',
    path: '/admin/users/:user/token',
    summary: 'Sign a user in, as a log-in would',
    description:
      'For a back end whose people sign in with it: a session, its access token and what renews it. Of an admin a key ' +
      'needs `admin:write` as well.',
    parameters: Type.Object({
      user: UserIdSchema,
      device: Type.Optional(Type.String({ maxLength: 100, description: 'Name for the list of his sessions' })),
    }),
    answer: SignedInSchema,
    example: { parameters: { user } },
  },
  'users.sessions': {
    ...read,
    method: 'GET',
    path: '/admin/users/:user/sessions',
    summary: 'The sessions of a user, the newest first',
    parameters: ofUser,
    answer: Type.Object({ items: Type.Array(SessionSchema) }),
    example: { parameters: { user } },
  },
  'users.endSession': {
    ...write,
    method: 'DELETE',
    path: '/admin/users/:user/sessions/:session',
    summary: 'End a session of a user: its tokens are void, its sockets close',
    parameters: Type.Object({ user: UserIdSchema, session: SessionIdSchema }),
    example: { parameters: { user } },
  },
  'users.endSessions': {
    ...write,
    method: 'DELETE',
    path: '/admin/users/:user/sessions',
    summary: 'End all sessions of a user',
    parameters: ofUser,
    example: { parameters: { user } },
  },
  'users.rooms': {
    ...read,
    method: 'GET',
    path: '/admin/users/:user/rooms',
    summary: 'The rooms that a user is in, where something happened last comes first',
    description: 'Not what is said there, nor what he has read of it or wants to be told of.',
    parameters: Type.Object({ user: UserIdSchema, ...page }),
    answer: pageOf(Type.Object(roomFields)),
    example: { parameters: { user } },
  },
  'users.setRole': {
    ...write,
    scope: 'admin:write',
    method: 'PUT',
    path: '/admin/users/:user/role',
    summary: 'Make a user an admin, or an admin a user',
    description: 'Not oneself, so that one is left.',
    parameters: Type.Object({ user: UserIdSchema, role: Type.Enum([...accountRoles]) }),
    example: { parameters: { user, role: 'admin' } },
  },
  'users.attempts': {
    ...read,
    method: 'GET',
    path: '/admin/users/:user/attempts',
    summary: 'How many log-ins of a user failed in a row',
    parameters: Type.Object({ user: UserIdSchema, address }),
    answer: Type.Object({ failed: Type.Integer({ minimum: 0 }) }),
    example: { parameters: { user } },
  },
  'users.unlock': {
    ...write,
    method: 'POST',
    path: '/admin/users/:user/unlock',
    summary: 'Let a user log in at once after failed tries',
    parameters: Type.Object({ user: UserIdSchema, address }),
    example: { parameters: { user } },
  },
  'users.disable': {
    ...write,
    method: 'POST',
    path: '/admin/users/:user/disable',
    summary: 'Disable a user, for admins',
    description:
      'His sessions end for good, his sockets close on every edge, and he cannot log in until he is enabled. His ' +
      'memberships and messages stay.',
    parameters: ofUser,
    example: { parameters: { user } },
  },
  'users.enable': {
    ...write,
    method: 'POST',
    path: '/admin/users/:user/enable',
    summary: 'Let a disabled user log in again, for admins',
    parameters: ofUser,
    example: { parameters: { user } },
  },
});
