import { Type } from 'typebox';
import { EmailSchema, NicknameSchema, PasswordSchema } from '../schema/index.ts';
import { UserSchema } from './answers.ts';
import { contracts } from './contract.ts';

const RefreshTokenSchema = Type.String({ minLength: 1, maxLength: 200, description: 'Works once' });

const SignedInSchema = Type.Object({
  user: UserSchema,
  accessToken: Type.String({ description: 'JWT for `Authorization: Bearer` and for the WebSocket' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token ends' }),
  refreshToken: RefreshTokenSchema,
});

export const authCommands = contracts({
  'auth.signUp': {
    method: 'POST',
    path: '/auth/signup',
    tag: 'auth',
    summary: 'Sign up',
    parameters: Type.Object({ email: EmailSchema, nickname: NicknameSchema, password: PasswordSchema }),
    answer: SignedInSchema,
    makes: '/me',
    session: 'none',
    costly: true,
  },
  'auth.logIn': {
    method: 'POST',
    path: '/auth/login',
    tag: 'auth',
    summary: 'Log in',
    parameters: Type.Object({ email: EmailSchema, password: Type.String({ minLength: 1, maxLength: 128 }) }),
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
  'sessions.close': {
    method: 'DELETE',
    path: '/me/sessions/current',
    tag: 'auth',
    summary: 'End the session that asks',
    parameters: Type.Object({}),
  },
});
