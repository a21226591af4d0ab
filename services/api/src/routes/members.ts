import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RoomIdSchema, RoomNumberSchema, type UserId, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { AccountStore } from '../domain/account-store.ts';
import { pageOf as cut, fromCursor } from '../domain/cursor.ts';
import type { Memberships } from '../domain/memberships.ts';
import type { Rooms } from '../domain/rooms.ts';
import {
  MemberSchema,
  PageQuerySchema,
  pageOf,
  pageSize,
  problems,
  RoomSchema,
  showMember,
  showRoom,
} from './answers.ts';

export interface MemberRoutesOptions {
  readonly rooms: Rooms;
  readonly memberships: Memberships;
  readonly accounts: Pick<AccountStore, 'nicknames'>;
}

const common = { tags: ['rooms'], security: [{ accessToken: [] }] };
const params = Type.Object({ room: RoomIdSchema });

const join = {
  ...common,
  summary: 'Join a group room',
  description: 'Who is in already stays what he is. Who joins a room that everybody has left owns it.',
  params,
  response: { 200: RoomSchema, ...problems },
};

const joinByNumber = {
  ...common,
  summary: 'Join a group room by its number',
  body: Type.Object({ number: RoomNumberSchema }, { additionalProperties: false }),
  response: { 200: RoomSchema, ...problems },
};

const leave = {
  ...common,
  summary: 'Leave a group room',
  description:
    'When the last owner leaves, the moderator who joined first becomes owner, else the member who joined first. ' +
    'When nobody is left the room stays, with its history, and whoever joins it next owns it.',
  params,
  response: { 204: Type.Null(), ...problems },
};

const remove = {
  ...common,
  summary: 'Remove a member, for owners and moderators of the room',
  description:
    'Within a second he gets nothing more of the room on any edge. An owner cannot be removed. Who is not in is removed ' +
    'already.',
  params: Type.Object({ room: RoomIdSchema, user: UserIdSchema }),
  response: { 204: Type.Null(), ...problems },
};

const list = {
  ...common,
  summary: 'Members of a room, for its members',
  params,
  querystring: PageQuerySchema,
  response: { 200: pageOf(MemberSchema), ...problems },
};

export const memberRoutes: FastifyPluginAsyncTypebox<MemberRoutesOptions> = async (app, options) => {
  const { rooms, memberships, accounts } = options;
  app.addHook('onRequest', app.accessTokens.require);
  const self = (request: { user: { sub: string } }) => request.user.sub as UserId;

  app.post('/rooms/:room/join', { schema: join }, async (request) =>
    showRoom(await memberships.join(self(request), request.params.room)),
  );

  app.post('/rooms/join', { schema: joinByNumber }, async (request) =>
    showRoom(await memberships.joinByNumber(self(request), request.body.number)),
  );

  app.post('/rooms/:room/leave', { schema: leave }, async (request, reply) => {
    await memberships.leave(self(request), request.params.room);
    return reply.code(204).send(null);
  });

  app.delete('/rooms/:room/members/:user', { schema: remove }, async (request, reply) => {
    await memberships.remove(self(request), request.params.room, request.params.user);
    return reply.code(204).send(null);
  });

  app.get('/rooms/:room/members', { schema: list }, async (request) => {
    const { limit = pageSize, cursor } = request.query;
    const page = { above: fromCursor<UserId>(cursor), limit: limit + 1 };
    const found = await rooms.members(self(request), request.params.room, page);
    const { items, ...rest } = cut(found, limit, (member) => member.user);
    const nicknames = await accounts.nicknames(items.map((member) => member.user));
    return { items: items.map((member) => showMember(member, nicknames.get(member.user))), ...rest };
  });
};
