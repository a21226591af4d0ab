import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { EmailSchema, NicknameSchema, PasswordSchema, type SessionId } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { Account } from '../domain/account-store.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { OpenSession, Sessions } from '../domain/sessions.ts';
import { strictLimit } from '../plugins/rate-limits.ts';
import { problems, showUser, UserSchema } from './answers.ts';

export interface AuthRoutesOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly loginsPerMinute: number;
}

const tags = ['auth'];
const strict = { additionalProperties: false };
const RefreshTokenSchema = Type.String({ minLength: 1, maxLength: 200, description: 'Works once' });

const SignedInSchema = Type.Object({
  user: UserSchema,
  accessToken: Type.String({ description: 'JWT for `Authorization: Bearer` and for the WebSocket' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token ends' }),
  refreshToken: RefreshTokenSchema,
});

const signUp = {
  tags,
  summary: 'Sign up',
  body: Type.Object({ email: EmailSchema, nickname: NicknameSchema, password: PasswordSchema }, strict),
  response: { 201: SignedInSchema, ...problems },
};

const logIn = {
  tags,
  summary: 'Log in',
  body: Type.Object({ email: EmailSchema, password: Type.String({ minLength: 1, maxLength: 128 }) }, strict),
  response: { 200: SignedInSchema, ...problems },
};

const refresh = {
  tags,
  summary: 'Exchange a refresh token for new tokens',
  description:
    'Each refresh token works once; within 10 s the one just used gets the same successor again. Using an older one ' +
    'ends the session.',
  body: Type.Object({ refreshToken: RefreshTokenSchema }, strict),
  response: { 200: SignedInSchema, ...problems },
};

const logOut = {
  tags,
  summary: 'End a session',
  description:
    'The session of the refresh token in the body, or of the access token. Its access tokens are void at once, and its ' +
    'sockets close on every edge.',
  security: [{ accessToken: [] }, {}],
  body: Type.Union([Type.Object({ refreshToken: Type.Optional(RefreshTokenSchema) }, strict), Type.Null()]),
  response: { 204: Type.Null(), ...problems },
};

export const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, options) => {
  const { accounts, sessions } = options;
  const config = strictLimit(options.loginsPerMinute);

  const signedIn = (account: Account, { session, refreshToken }: OpenSession) => ({
    user: showUser(account),
    accessToken: app.accessTokens.sign({
      sub: account.id,
      sid: session,
      role: account.role,
      ...(account.epoch === 0 ? {} : { ep: account.epoch }),
    }),
    expiresIn: Math.floor(app.accessTokens.lifeMs / 1000),
    refreshToken,
  });

  app.post('/signup', { config, schema: signUp }, async (request, reply) => {
    const account = await accounts.signUp(request.body);
    return reply.code(201).send(signedIn(account, await sessions.open(account)));
  });

  app.post('/login', { config, schema: logIn }, async (request) => {
    const account = await accounts.logIn(request.body);
    return signedIn(account, await sessions.open(account));
  });

  app.post('/refresh', { schema: refresh }, async (request) => {
    const session = await sessions.refresh(request.body.refreshToken);
    return signedIn(await accounts.admit(session.user, session.epoch), session);
  });

  app.post('/logout', { schema: logOut }, async (request, reply) => {
    const refreshToken = request.body?.refreshToken;
    if (refreshToken === undefined) {
      await app.accessTokens.require(request);
      await sessions.close(request.user.sid as SessionId);
    } else await sessions.closeBy(refreshToken);
    return reply.code(204).send(null);
  });
};
