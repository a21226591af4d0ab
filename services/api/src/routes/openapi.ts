import * as table from '@gapless/shared/commands';
import { type CommandName, type Contract, commands, tags } from '@gapless/shared/commands';
import { type FailureKind, failures } from '@gapless/shared/errors';
import { ProblemSchema, problemExample } from '../plugins/problem.ts';
import { filePaths } from './openapi-files.ts';
import { headers, operationOf, parameters } from './openapi-operation.ts';
import { isSchema, type Json, schemaWith } from './openapi-schema.ts';

const description = `Users, rooms and messages. What happens in rooms is told over the WebSocket of an edge.

Failures are problem documents (RFC 9457): \`type\` names the kind, \`code\` is what a socket would say. Lists are paged: \`next\`
is in the answer, and as \`rel="next"\` in \`Link\`. Whatever makes or changes something may be repeated with the same
\`Idempotency-Key\` (or \`clientId\`) and happens once. What has a \`version\` has it as ETag, too.`;

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

/** The OpenAPI document (3.1), made from the table of commands alone. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gapless',
      version: '1',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This installation' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: {
      ...pathsOf(Object.entries<Contract>(commands)),
      ...filePaths(named),
      '/.well-known/jwks.json': { get: keysOperation },
    },
    components: {
      schemas: Object.fromEntries(Array.from(named, ([schema, name]) => [name, schemaWith(named, schema, true)])),
      examples: Object.fromEntries(Object.keys(failures).map((kind) => [kind, exampleOfProblem(kind as FailureKind)])),
      parameters,
      headers,
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function pathsOf(entries: readonly [string, Contract][]): Json {
  const paths: Record<string, Json> = {};
  for (const [name, contract] of entries) {
    const path = `/v1${contract.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = {
      ...paths[path],
      [contract.method.toLowerCase()]: operationOf(name as CommandName, contract, named),
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
