import { Type } from 'typebox';
import { EmailSchema, NicknameSchema, PasswordSchema, SessionIdSchema } from '../schema/index.ts';
import { TimeSchema, UserSchema } from './answers.ts';
import { contracts } from './contract.ts';

const RefreshTokenSchema = Type.String({ minLength: 1, maxLength: 200, description: 'Works once' });

export const SignedInSchema = Type.Object({
  user: UserSchema,
  accessToken: Type.String({ description: 'JWT for `Authorization: Bearer` and for the WebSocket' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token ends' }),
  refreshToken: RefreshTokenSchema,
});

const SignedUpSchema = Type.Object({
  ...Type.Partial(SignedInSchema).properties,
  confirmFirst: Type.Optional(
    Type.Literal(true, {
      description: 'The address is to be confirmed by the link in the mail, and then to log in; nothing else is said',
    }),
  ),
});

const CurrentPassword = Type.String({ minLength: 1, maxLength: 128, description: 'The password, asked once more' });
export const EmailTokenSchema = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  examples: ['b5Yw1k3V0q7Rz2nX8uT4mC6pL9sH1dJ3fG5aE7iO0yU'],
  description: 'From a mail: what stands behind the `#` of its link. Works once',
});
const Device = Type.Optional(
  Type.String({
    maxLength: 100,
    examples: ['Alice’s phone'],
    description: 'Name for the list of sessions; absent: the `User-Agent`',
  }),
);

export const SessionSchema = Type.Object({
  id: SessionIdSchema,
  device: Type.Optional(Type.String()),
  createdAt: TimeSchema,
  usedAt: Type.String({ ...TimeSchema, description: 'RFC 3339; the last log-in or refresh' }),
  current: Type.Boolean({ description: 'The one that asks' }),
});

export const authCommands = contracts({
  'auth.signUp': {
    method: 'POST',
    path: '/auth/signup',
    tag: 'auth',
    summary: 'Sign up',
    description:
      'Where addresses are to be confirmed first (`GAPLESS_EMAIL_VERIFICATION=required`) the answer is `confirmFirst` for ' +
      'every address, whether it has an account or not; its owner gets a mail. Else the session stands at once.',
    parameters: Type.Object({
      email: EmailSchema,
      nickname: NicknameSchema,
      password: PasswordSchema,
      device: Device,
    }),
    answer: SignedUpSchema,
    makes: '/me',
    session: 'none',
    costly: true,
  },
  'auth.verifyEmail': {
    method: 'POST',
    path: '/auth/verify-email',
    tag: 'auth',
    summary: 'Confirm an e-mail address',
    description:
      '`nickname` takes the place of the one that was asked for, where somebody else has got that meanwhile.',
    parameters: Type.Object({ token: EmailTokenSchema, nickname: Type.Optional(NicknameSchema) }),
    session: 'none',
    costly: true,
  },
  'auth.resendVerification': {
    method: 'POST',
    path: '/auth/resend-verification',
    tag: 'auth',
    summary: 'Ask for the mail of a sign-up once more',
    description: 'The answer is the same for every address.',
    parameters: Type.Object({ email: EmailSchema }),
    session: 'none',
    costly: true,
  },
  'auth.requestReset': {
    method: 'POST',
    path: '/auth/request-reset',
    tag: 'auth',
    summary: 'Ask for a mail with which a new password can be set',
    description: 'The answer is the same for every address. The mail’s link works for an hour.',
    parameters: Type.Object({ email: EmailSchema }),
    session: 'none',
    costly: true,
  },
  'auth.resetPassword': {
    method: 'POST',
    path: '/auth/reset-password',
    tag: 'auth',
    summary: 'Set a new password with the token of a mail',
    description: 'Ends all sessions, and confirms the address.',
    parameters: Type.Object({ token: EmailTokenSchema, password: PasswordSchema }),
    session: 'none',
    costly: true,
  },
  'auth.logIn': {
    method: 'POST',
    path: '/auth/login',
    tag: 'auth',
    summary: 'Log in',
    description:
      'A wrong password and an unknown address get the same answer. After a few wrong ones each further try has to wait, ' +
      'twice as long each time, as `Retry-After` says.',
    parameters: Type.Object({
      email: EmailSchema,
      password: Type.String({ minLength: 1, maxLength: 128 }),
      device: Device,
    }),
    answer: SignedInSchema,
    session: 'none',
    costly: true,
  },
  'auth.refresh': {
    method: 'POST',
    path: '/auth/refresh',
    tag: 'auth',
    summary: 'Exchange a refresh token for new tokens',
    description:
      'Each refresh token works once; within 10 s the one just used gets the same successor again. Using an older one ' +
      'ends the session.',
    parameters: Type.Object({ refreshToken: RefreshTokenSchema }),
    answer: SignedInSchema,
    session: 'none',
  },
  'auth.logOut': {
    method: 'POST',
    path: '/auth/logout',
    tag: 'auth',
    summary: 'End a session',
    description:
      'The session of the refresh token, or without one that of the access token. Its access tokens are void at once, and ' +
      'its sockets close on every edge.',
    parameters: Type.Object({ refreshToken: Type.Optional(RefreshTokenSchema) }),
    session: 'optional',
  },
  'sessions.list': {
    method: 'GET',
    path: '/me/sessions',
    tag: 'me',
    personal: true,
    summary: 'My sessions, the newest first',
    description: 'One for each log-in that still counts; a hundred at most: with one more the oldest ends.',
    parameters: Type.Object({}),
    answer: Type.Object({ items: Type.Array(SessionSchema) }),
  },
  'sessions.close': {
    method: 'DELETE',
    path: '/me/sessions/:session',
    tag: 'me',
    personal: true,
    summary: 'End a session of mine',
    description:
      '`current`, or over a socket none, is the one that asks. Its access tokens are void at once, and its sockets close on ' +
      'every edge.',
    parameters: Type.Object({ session: Type.Optional(Type.Union([Type.Literal('current'), SessionIdSchema])) }),
  },
  'sessions.closeOthers': {
    method: 'DELETE',
    path: '/me/sessions',
    tag: 'me',
    personal: true,
    summary: 'End all sessions of mine but the one that asks',
    parameters: Type.Object({}),
  },
  'me.changePassword': {
    method: 'POST',
    path: '/me/password',
    tag: 'me',
    personal: true,
    summary: 'Change my password',
    description: 'Ends all sessions but the one that asks; a mail tells it.',
    parameters: Type.Object({ password: CurrentPassword, newPassword: PasswordSchema }),
    costly: true,
  },
  'me.changeEmail': {
    method: 'POST',
    path: '/me/email',
    tag: 'me',
    personal: true,
    summary: 'Change my e-mail address',
    description:
      'The new one is mine when it was confirmed by the link in the mail; the old one is told then. The answer is the same ' +
      'for every address.',
    parameters: Type.Object({ password: CurrentPassword, email: EmailSchema }),
    costly: true,
  },
  'me.confirmEmail': {
    method: 'POST',
    path: '/me/email/confirm',
    tag: 'me',
    summary: 'Confirm my new e-mail address',
    parameters: Type.Object({ token: EmailTokenSchema }),
    session: 'none',
    costly: true,
  },
});
