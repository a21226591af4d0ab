import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RoomIdSchema, type UserId } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { History } from '../domain/history.ts';
import { LimitSchema, MessageSchema, pageSize, problems, showMessage } from './answers.ts';

const QuerySchema = Type.Object(
  {
    before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only messages with lower sequences' })),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only messages with higher sequences' })),
    limit: LimitSchema,
  },
  { additionalProperties: false },
);

const PageSchema = Type.Object({
  items: Type.Array(MessageSchema),
  next: Type.Optional(
    Type.Integer({
      description: '`before` of the next page (`after`, when only that was given); absent: there is no more',
    }),
  ),
});

export const messageRoutes: FastifyPluginAsyncTypebox<{ history: History }> = async (app, { history }) => {
  app.get(
    '/rooms/:room/messages',
    {
      onRequest: app.accessTokens.require,
      schema: {
        tags: ['messages'],
        summary: 'Messages of a room, newest first, for its members',
        description:
          'Every acknowledged message, once. With `after` alone the page starts next to it, else at the newest end. ' +
          'While the log is away pages of older messages still answer.',
        security: [{ accessToken: [] }],
        params: Type.Object({ room: RoomIdSchema }),
        querystring: QuerySchema,
        response: { 200: PageSchema, ...problems },
      },
    },
    async (request) => {
      const { limit = pageSize, before, after } = request.query;
      const asked = { before, after, limit };
      const { items, ...rest } = await history.page(request.user.sub as UserId, request.params.room, asked);
      return { items: items.map(showMessage), ...rest };
    },
  );
};
