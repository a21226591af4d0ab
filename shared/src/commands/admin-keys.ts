import { Type } from 'typebox';
import { ApiKeyIdSchema } from '../schema/index.ts';
import { page, pageOf, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aTime, aUser } from './examples.ts';
import { clientId } from './messages.ts';
import { scopes } from './scopes.ts';

const ScopesSchema = Type.Array(Type.Enum([...scopes]), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  examples: [['users:read', 'messages:write']],
  description: 'What it may',
});
export const ActorSchema = Type.String({
  pattern: '^((user|key):[0-9a-z]{26}|operator)$',
  examples: [`user:${aUser}`],
  description: 'An admin, `user:<id>`, an API key, `key:<id>`, or `operator`: by a command on a machine',
});
const NameSchema = Type.String({ minLength: 1, maxLength: 60, examples: ['Shop'], description: 'What it is for' });

const KeySchema = Type.Object({
  id: ApiKeyIdSchema,
  name: NameSchema,
  scopes: ScopesSchema,
  by: Type.String({ ...ActorSchema, description: 'Who made it' }),
  createdAt: TimeSchema,
  until: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; when it ends by itself' })),
  usedAt: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; last used, within an hour' })),
  revokedAt: Type.Optional(TimeSchema),
});

const ofKey = Type.Object({ key: ApiKeyIdSchema });
const key = '01kahzv1c2d3e4f5g6h7j8k9m0';
const aKey = { id: key, name: 'Shop', scopes: ['messages:write'], by: `user:${aUser}`, createdAt: aTime } as const;

export const adminKeyCommands = contracts({
  'keys.create': {
    method: 'POST',
    path: '/admin/keys',
    tag: 'admin',
    door: 'admin',
    summary: 'Make an API key for a back end',
    description:
      '`secret` is what goes into `Authorization: Bearer`, and is shown in this answer only: repeated with the same ' +
      'client id the key is answered without it. A key makes none that may what it may not itself.',
    parameters: Type.Object({
      name: NameSchema,
      scopes: ScopesSchema,
      until: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; absent: until it is revoked' })),
      clientId,
    }),
    answer: Type.Object({
      ...KeySchema.properties,
      secret: Type.Optional(Type.String({ description: 'The whole key; never shown again' })),
    }),
    makes: '/admin/keys/:id',
    example: {
      parameters: { name: 'Shop', scopes: ['messages:write'], until: aTime },
      answer: { ...aKey, secret: `gk_${key}_b5Yw1k3V0q7Rz2nX8uT4mC6pL9sH1dJ3fG5aE7iO0yU` },
    },
  },
  'keys.list': {
    method: 'GET',
    path: '/admin/keys',
    tag: 'admin',
    door: 'admin',
    summary: 'API keys, the newest first, also those that work no more',
    parameters: Type.Object({ ...page }),
    answer: pageOf(KeySchema),
    example: { answer: { items: [aKey] } },
  },
  'keys.get': {
    method: 'GET',
    path: '/admin/keys/:key',
    tag: 'admin',
    door: 'admin',
    summary: 'An API key, without its secret',
    parameters: ofKey,
    answer: KeySchema,
    example: { parameters: { key }, answer: aKey },
  },
  'keys.revoke': {
    method: 'DELETE',
    path: '/admin/keys/:key',
    tag: 'admin',
    door: 'admin',
    summary: 'Revoke an API key, at once and for good',
    parameters: ofKey,
    example: { parameters: { key } },
  },
});
