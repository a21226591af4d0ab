import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  historyPolicies,
  type RoomId,
  RoomIdSchema,
  RoomNameSchema,
  RoomNumberSchema,
  type UserId,
} from '@gapless/shared/schema';
import { Type } from 'typebox';
import { pageOf as cut, fromCursor } from '../domain/cursor.ts';
import type { Rooms } from '../domain/rooms.ts';
import { PageQuerySchema, pageOf, pageSize, problems, RoomSchema, showRoom } from './answers.ts';

const common = { tags: ['rooms'], security: [{ accessToken: [] }] };

const create = {
  ...common,
  summary: 'Create a group room, owned by me',
  body: Type.Object(
    {
      name: RoomNameSchema,
      history: Type.Optional(
        Type.Enum([...historyPolicies], {
          default: 'all',
          description: 'What members see: `all` of it, or only what is written while they are in (`joined`). For good',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 201: RoomSchema, ...problems },
};

const mine = {
  ...common,
  summary: 'My rooms, the newest room first',
  querystring: PageQuerySchema,
  response: { 200: pageOf(RoomSchema), ...problems },
};

const byId = {
  ...common,
  summary: 'A room',
  params: Type.Object({ room: RoomIdSchema }),
  response: { 200: RoomSchema, ...problems },
};

const byNumber = {
  ...common,
  summary: 'The room with that number',
  params: Type.Object({ number: RoomNumberSchema }),
  response: { 200: RoomSchema, ...problems },
};

export const roomRoutes: FastifyPluginAsyncTypebox<{ rooms: Rooms }> = async (app, { rooms }) => {
  app.addHook('onRequest', app.accessTokens.require);
  const self = (request: { user: { sub: string } }) => request.user.sub as UserId;

  app.post('/rooms', { schema: create }, async (request, reply) => {
    const view = await rooms.create(self(request), request.body);
    return reply.code(201).header('location', `/v1/rooms/${view.room.id}`).send(showRoom(view));
  });

  app.get('/rooms', { schema: mine }, async (request) => {
    const { limit = pageSize, cursor } = request.query;
    const views = await rooms.mine(self(request), { below: fromCursor<RoomId>(cursor), limit: limit + 1 });
    const { items, ...rest } = cut(views, limit, (view) => view.room.id);
    return { items: items.map(showRoom), ...rest };
  });

  app.get('/rooms/:room', { schema: byId }, async (request) =>
    showRoom(await rooms.get(self(request), request.params.room)),
  );

  app.get('/rooms/by-number/:number', { schema: byNumber }, async (request) =>
    showRoom(await rooms.byNumber(self(request), request.params.number)),
  );
};
