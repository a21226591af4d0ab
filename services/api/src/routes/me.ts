import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { UserId } from '@gapless/shared/schema';
import type { Accounts } from '../domain/accounts.ts';
import { problems, showUser, UserSchema } from './answers.ts';

export const meRoutes: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.get(
    '/me',
    {
      onRequest: app.accessTokens.require,
      schema: {
        tags: ['auth'],
        summary: 'My account',
        security: [{ accessToken: [] }],
        response: { 200: UserSchema, ...problems },
      },
    },
    async (request) => showUser(await accounts.get(request.user.sub as UserId)),
  );
};
