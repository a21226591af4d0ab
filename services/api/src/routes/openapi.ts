import * as table from '@gapless/shared/commands';
import { type CommandName, type Contract, commandsOf, type Door, tags } from '@gapless/shared/commands';
import { type FailureKind, failures } from '@gapless/shared/errors';
import { ProblemSchema, problemExample } from '../plugins/problem.ts';
import { filePaths } from './openapi-files.ts';
import { headers, operationOf, parameters } from './openapi-operation.ts';
import { isSchema, type Json, schemaWith } from './openapi-schema.ts';

const description = `Users, rooms and messages. What happens in rooms is told over the WebSocket of an edge.

Failures are problem documents (RFC 9457): \`type\` names the kind, \`code\` is what a socket would say. Lists are paged: \`next\`
is in the answer, and as \`rel="next"\` in \`Link\`. Whatever makes or changes something may be repeated with the same
\`Idempotency-Key\` (or \`clientId\`) and happens once. What has a \`version\` has it as ETag, too.`;

const ofAdmins = `What runs an installation, by a listener of its own that is never public: for admins, and for back ends that
show an API key. With a key the commands of users are served here too, in the name of the user that \`Gapless-As\` says.
Failures, lists and repetitions are as those of the public API. Whatever is asked for here is noted in the audit log.`;

const KeysSchema = {
  type: 'object',
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kty', 'crv', 'x', 'kid', 'alg', 'use'],
        properties: Object.fromEntries(
          ['kty', 'crv', 'x', 'kid', 'alg', 'use'].map((name) => [name, { type: 'string' }]),
        ),
      },
    },
  },
};

/** Schemas that bear a name of their own in the document. */
const named = new Map<unknown, string>([
  ...Object.entries(table).flatMap(([name, value]): [unknown, string][] =>
    name.endsWith('Schema') && isSchema(value) ? [[value, name.replace(/Schema$/, '')]] : [],
  ),
  [ProblemSchema, 'Problem'],
]);

const accessToken = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
const apiKey = { type: 'http', scheme: 'bearer', bearerFormat: 'gk_<id>_<secret>' };
const securitySchemes: Readonly<Record<Door, Json>> = { public: { accessToken }, admin: { accessToken, apiKey } };

const doors: Readonly<Record<Door, { readonly title: string; readonly description: string }>> = {
  public: { title: 'Gapless', description },
  admin: { title: 'Gapless, for admins', description: ofAdmins },
};

/** The OpenAPI document (3.1) of a listener, made from the table of commands alone. */
export function openApiDocument(door: Door): Json {
  const served = commandsOf(door);
  const used = new Set<string>(served.map(([, { tag }]) => tag));
  const others = {
    ...filePaths(named, door),
    ...(door === 'public' ? { '/.well-known/jwks.json': { get: keysOperation } } : {}),
  };
  return {
    openapi: '3.1.0',
    info: {
      ...doors[door],
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This installation' }],
    tags: Object.entries(tags)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths: { ...pathsOf(served, door), ...others },
    components: {
      schemas: Object.fromEntries(Array.from(named, ([schema, name]) => [name, schemaWith(named, schema, true)])),
      examples: Object.fromEntries(Object.keys(failures).map((kind) => [kind, exampleOfProblem(kind as FailureKind)])),
      parameters,
      headers,
      securitySchemes: securitySchemes[door],
    },
  };
}

function pathsOf(entries: readonly [CommandName, Contract][], door: Door): Json {
  const paths: Record<string, Json> = {};
  for (const [name, contract] of entries) {
    const path = `/v1${contract.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = {
      ...paths[path],
      [contract.method.toLowerCase()]: operationOf(name, contract, { named, door }),
    };
  }
  return paths;
}

const exampleOfProblem = (kind: FailureKind): Json => ({
  summary: failures[kind].title,
  value: problemExample(kind),
});

const keysOperation: Json = {
  operationId: 'keys',
  tags: ['auth'],
  summary: 'Public keys that verify access tokens',
  responses: {
    200: { description: 'JWKS', content: { 'application/json': { schema: KeysSchema } } },
  },
};
