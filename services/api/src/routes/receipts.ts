import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RoomIdSchema, type UserId, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import { pageOf as cut, fromCursor } from '../domain/cursor.ts';
import type { MarkRead } from '../domain/mark-read.ts';
import { type Marks, markKey } from '../domain/marks.ts';
import type { Rooms } from '../domain/rooms.ts';
import { PageQuerySchema, pageOf, pageSize, problems, SequenceSchema } from './answers.ts';

export interface ReceiptRoutesOptions {
  readonly rooms: Rooms;
  readonly marks: Marks;
  readonly markRead: MarkRead;
}

const UpTo = Type.Integer({ minimum: 0, description: 'Sequence; 0 for nothing' });

const ReceiptSchema = Type.Object({
  user: UserIdSchema,
  received: UpTo,
  read: UpTo,
  at: Type.Optional(Type.String({ format: 'date-time', description: 'RFC 3339; when the newest of the two came' })),
});

const common = { tags: ['rooms'], security: [{ accessToken: [] }], params: Type.Object({ room: RoomIdSchema }) };

const read = {
  ...common,
  summary: 'I have read a room up to there',
  description: 'Answered once that is stored. A lower sequence than the one before changes nothing.',
  body: Type.Object({ sequence: SequenceSchema }, { additionalProperties: false }),
  response: { 204: Type.Null(), ...problems },
};

const list = {
  ...common,
  summary: 'How far the members of a room have come, for its members',
  description: 'Every mark that was answered, whether it is in MongoDB or not.',
  querystring: PageQuerySchema,
  response: { 200: pageOf(ReceiptSchema), ...problems },
};

export const receiptRoutes: FastifyPluginAsyncTypebox<ReceiptRoutesOptions> = async (app, options) => {
  const { rooms, marks, markRead } = options;
  app.addHook('onRequest', app.accessTokens.require);
  const self = (request: { user: { sub: string } }) => request.user.sub as UserId;

  app.post('/rooms/:room/read', { schema: read }, async (request, reply) => {
    await markRead(self(request), request.params.room, request.body.sequence);
    return reply.code(204).send(null);
  });

  app.get('/rooms/:room/receipts', { schema: list }, async (request) => {
    const { limit = pageSize, cursor } = request.query;
    const page = { above: fromCursor<UserId>(cursor), limit: limit + 1 };
    const members = await rooms.members(self(request), request.params.room, page);
    const { items, ...rest } = cut(members, limit, (member) => member.user);
    const found = await marks.of(items);
    const receipts = items.map(({ room, user }) => {
      const mark = found.get(markKey({ room, user }));
      const at = mark === undefined ? {} : { at: mark.at.toISOString() };
      return { user, received: Math.max(mark?.recv ?? 0, mark?.read ?? 0), read: mark?.read ?? 0, ...at };
    });
    return { items: receipts, ...rest };
  });
};
