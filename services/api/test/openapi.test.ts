import { type CommandName, commandsOf, contractOf, exampleOf } from '@gapless/shared/commands';
import { Validator } from '@seriousme/openapi-schema-validator';
import t from 'tap';
import { Check } from 'typebox/value';
import { openApiDocument } from '../src/routes/openapi.ts';
import { checkAnswer, closed } from './support/answer-check.ts';

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: object;
  readonly example?: unknown;
  readonly $ref?: string;
}

interface Operation {
  readonly operationId: CommandName;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Record<string, Media> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<
    Record<string, Readonly<Record<string, { readonly value?: { readonly status: number } }>>>
  >;
}

/** Their bodies are files. */
const ofFiles = ['/v1/files', '/v1/files/{file}/content', '/v1/images/{image}'];

for (const door of ['public', 'admin'] as const)
  t.test(`the document of the ${door} listener`, (t) => {
    const text = JSON.stringify(openApiDocument(door));
    const document = JSON.parse(text) as Document;
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const ofCommands = operations.filter(({ path }) => path.startsWith('/v1') && !ofFiles.includes(path));

    t.test('a public validator takes it for OpenAPI 3.1', async (t) => {
      const { valid, errors } = await new Validator().validate(JSON.parse(text));
      t.ok(valid, JSON.stringify(errors));
      t.equal(document.openapi, '3.1.0');
      t.ok(document.servers.length > 0);
    });

    t.test('every reference leads somewhere', async (t) => {
      for (const [, path = ''] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
        const [hash, components, group = '', name = ''] = path.split('/');
        t.same([hash, components], ['#', 'components']);
        t.ok(document.components[group]?.[name], path);
      }
    });

    t.test('every command has its operation, and there is no other', async (t) => {
      const told = ofCommands.map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`);
      const declared = commandsOf(door).map(
        ([name, { method, path }]) => `${name} ${method.toLowerCase()} /v1${path.replace(/:(\w+)/g, '{$1}')}`,
      );
      t.same(told.sort(), declared.sort());
      t.same(
        operations.filter((operation) => !ofCommands.includes(operation)).map(({ path }) => path),
        door === 'public' ? [...ofFiles, '/.well-known/jwks.json'] : ofFiles,
      );
    });

    t.test('every operation says what it is, who may ask, and what each parameter means', async (t) => {
      const tags = new Set(document.tags.map(({ name }) => name));
      for (const { path, operation } of ofCommands) {
        const { operationId: name, summary, security, parameters = [] } = operation;
        t.ok(summary, name);
        t.ok(
          operation.tags.every((tag) => tags.has(tag)),
          `${name} has a known tag`,
        );
        const { session, door: owner } = contractOf(name);
        const ways = session === 'none' ? 0 : session === 'optional' || owner === 'admin' ? 2 : 1;
        t.equal(security?.length, ways, `${name} says who may ask`);
        const own = parameters.filter(({ $ref }) => $ref === undefined);
        const inPath = own.filter((parameter) => parameter.in === 'path');
        t.same(
          new Set(inPath.map((parameter) => parameter.name)),
          new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, p]) => p)),
        );
        for (const { name: parameter, description, schema, example, required, in: place } of own) {
          t.ok(description, `${name} describes ${parameter}`);
          t.equal(
            required,
            place === 'path' || contractOf(name).parameters.required?.includes(parameter as never) === true,
          );
          if (required) t.ok(Check(closed(schema) as never, example), `${name} shows a ${parameter}`);
        }
      }
    });

    t.test('what may be repeated or asked on a condition says by which header', async (t) => {
      for (const { operation } of ofCommands) {
        const {
          method,
          parameters: { properties },
        } = contractOf(operation.operationId);
        const refs = (operation.parameters ?? []).map(({ $ref = '' }) => $ref.split('/').at(-1));
        t.equal(refs.includes('IdempotencyKey'), 'clientId' in properties && method !== 'GET', operation.operationId);
        t.equal(refs.includes('IfMatch'), 'ifVersion' in properties);
      }
    });

    t.test('every body and every answer has a schema and an example that fits', async (t) => {
      for (const { operation } of ofCommands) {
        const { operationId: name, requestBody, responses } = operation;
        const bodies = Object.values(requestBody?.content ?? {});
        const answers = Object.entries(responses).flatMap(([status, { content }]) =>
          status.startsWith('2') ? Object.values(content ?? {}) : [],
        );
        t.equal(answers.length, contractOf(name).answer === undefined ? 0 : 1, `${name} answers`);
        for (const { schema, example } of [...bodies, ...answers]) {
          t.ok(Check(closed(schema) as never, example), `${name} shows ${JSON.stringify(example)}`);
        }
      }
    });

    t.test('problems stand under their statuses, each with an example', async (t) => {
      for (const { operation } of ofCommands) {
        for (const [status, { description, content }] of Object.entries(operation.responses)) {
          if (!/^[45]/.test(status)) continue;
          t.ok(description);
          const media = content?.['application/problem+json'];
          t.ok(media, `${operation.operationId} ${status}`);
          for (const { $ref } of Object.values(media?.examples ?? {})) {
            const example = document.components['examples']?.[$ref.split('/').at(-1) ?? '']?.value;
            t.equal(String(example?.status), status);
            t.ok(Check(closed(media?.schema) as never, example));
          }
        }
      }
    });
    t.end();
  });

t.test('the check of answers finds what the document does not promise', async (t) => {
  const me = exampleOf('me.get').answer as { readonly id: string };
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const answer = (body: object, statusCode = 200, headers: object = json) => ({
    statusCode,
    headers: headers as Record<string, unknown>,
    payload: JSON.stringify(body),
  });
  const problem = (kind: string) => ({
    ...{ type: `urn:gapless:problem:${kind}`, title: '', status: 404, detail: '', instance: '', code: 'not_found' },
  });
  const asProblem = { 'content-type': 'application/problem+json' };
  const path = '/v1/me';
  t.doesNotThrow(() => checkAnswer('public', 'GET', path, answer(me)));
  t.throws(() => checkAnswer('public', 'GET', path, answer({ ...me, password: 'x' })), /password|additional/);
  t.throws(() => checkAnswer('public', 'GET', path, answer({ id: me.id })), /required/);
  t.throws(() => checkAnswer('public', 'GET', path, answer(me, 201)), /status/);
  t.throws(() => checkAnswer('public', 'GET', path, answer(me, 200, { ...json, location: '/x' })), /Location/);
  t.throws(() => checkAnswer('public', 'GET', path, answer(me, 200, { 'content-type': 'text/html' })), /text\/html/);
  t.throws(() => checkAnswer('public', 'PATCH', '/v1/rooms', answer({})), /does not know it/);
  const room = `/v1/rooms/${me.id}`;
  t.doesNotThrow(() => checkAnswer('public', 'GET', room, answer(problem('room_not_found'), 404, asProblem)));
  t.throws(() => checkAnswer('public', 'GET', room, answer(problem('last_owner'), 404, asProblem)), /kind of problem/);
});
