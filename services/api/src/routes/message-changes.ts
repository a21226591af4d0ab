import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type ClientId, ClientIdSchema, newId, RoomIdSchema, type UserId } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { MessageChanges } from '../domain/message-changes.ts';
import { problems, SequenceSchema, StoredSchema, showStored } from './answers.ts';

const MessageParams = Type.Object({ room: RoomIdSchema, sequence: SequenceSchema });
const ReactionParams = Type.Object({
  room: RoomIdSchema,
  sequence: SequenceSchema,
  emoji: Type.String({ minLength: 1, maxLength: 100, description: 'An emoji, percent-encoded' }),
});
const QuerySchema = Type.Object(
  {
    clientId: Type.Optional(ClientIdSchema),
  },
  { additionalProperties: false },
);

const shape = {
  tags: ['messages'],
  security: [{ accessToken: [] }],
  querystring: QuerySchema,
  response: { 200: StoredSchema, ...problems },
};

const edit = {
  ...shape,
  summary: 'Give a message of mine another text',
  description: 'Repeated with the same `clientId` it is made once; without one each request is a change of its own.',
  params: MessageParams,
  body: Type.Object({ body: Type.Object({ text: Type.String() }) }, { additionalProperties: false }),
};

const remove = {
  ...shape,
  summary: 'Delete a message for good',
  description: 'Its author may, and owners and moderators of the room.',
  params: MessageParams,
};

const put = { ...shape, summary: 'Put a reaction to a message', params: ReactionParams };
const takeBack = { ...shape, summary: 'Take a reaction of mine back', params: ReactionParams };

interface Asked {
  readonly user: { readonly sub: string };
  readonly params: { readonly room: ChangeParams['room']; readonly sequence: number };
  readonly query: { readonly clientId?: ClientId };
}

type ChangeParams = Parameters<MessageChanges['delete']>[0];

const target = ({ user, params, query }: Asked): ChangeParams => ({
  user: user.sub as UserId,
  room: params.room,
  message: params.sequence,
  clientId: query.clientId ?? (newId<never>() as ClientId),
});

export const messageChangeRoutes: FastifyPluginAsyncTypebox<{ messageChanges: MessageChanges }> = async (
  app,
  { messageChanges },
) => {
  app.addHook('onRequest', app.accessTokens.require);
  const path = '/rooms/:room/messages/:sequence';

  app.patch(path, { schema: edit }, async (request) =>
    showStored(await messageChanges.edit({ ...target(request), text: request.body.body.text })),
  );

  app.delete(path, { schema: remove }, async (request) => showStored(await messageChanges.delete(target(request))));

  app.put(`${path}/reactions/:emoji`, { schema: put }, async (request) =>
    showStored(await messageChanges.react({ ...target(request), emoji: request.params.emoji, on: true })),
  );

  app.delete(`${path}/reactions/:emoji`, { schema: takeBack }, async (request) =>
    showStored(await messageChanges.react({ ...target(request), emoji: request.params.emoji, on: false })),
  );
};
