import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type UserId, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { Accounts } from '../domain/accounts.ts';
import { problems } from './answers.ts';

const shape = {
  tags: ['admin'],
  security: [{ accessToken: [] }],
  params: Type.Object({ user: UserIdSchema }),
  response: { 204: Type.Null(), ...problems },
};

const disable = {
  ...shape,
  summary: 'Disable a user, for admins',
  description:
    'His sessions end for good, his sockets close on every edge, and he cannot log in until he is enabled. His ' +
    'memberships and messages stay.',
};

const enable = { ...shape, summary: 'Let a disabled user log in again, for admins' };

export const adminRoutes: FastifyPluginAsyncTypebox<{ accounts: Accounts }> = async (app, { accounts }) => {
  app.addHook('onRequest', app.accessTokens.require);

  app.post('/users/:user/disable', { schema: disable }, async (request, reply) => {
    await accounts.disable(request.user.sub as UserId, request.params.user);
    return reply.code(204).send(null);
  });

  app.post('/users/:user/enable', { schema: enable }, async (request, reply) => {
    await accounts.enable(request.user.sub as UserId, request.params.user);
    return reply.code(204).send(null);
  });
};
