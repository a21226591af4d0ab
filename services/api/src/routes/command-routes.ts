import { createHash } from 'node:crypto';
import { type CommandName, type Contract, commands } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { isClientId, type SessionId, type UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type TProperties, type TSchema, Type } from 'typebox';
import type { Caller, CallHandlers, OpenHandlers, Visitor } from '../commands/handler.ts';
import { ProblemSchema } from '../plugins/problem.ts';
import { strictLimit } from '../plugins/rate-limits.ts';

export interface CommandRoutesOptions {
  readonly handlers: CallHandlers & OpenHandlers;
  /** Of one address, for what costs a password hash or a mail. */
  readonly costlyPerMinute: number;
}

type Values = Readonly<Record<string, unknown>>;
type AnyHandler = (from: Caller | Visitor, parameters: never) => Promise<unknown>;

const problem = { content: { 'application/problem+json': { schema: ProblemSchema } } };
const problems = { '4xx': problem, '5xx': problem };
const strict = { additionalProperties: false };
const maxAgentChars = 200;

/** REST: a route for each command of the table. */
export async function commandRoutes(app: FastifyInstance, options: CommandRoutesOptions): Promise<void> {
  for (const [name, contract] of Object.entries<Contract>(commands)) {
    const handler = options.handlers[name as CommandName] as AnyHandler;
    app.route({
      method: contract.method,
      url: contract.path,
      schema: schemaOf(name, contract),
      ...(contract.costly ? { config: strictLimit(options.costlyPerMinute) } : {}),
      ...(contract.session === undefined ? { onRequest: app.accessTokens.require } : {}),
      handler: async (request, reply) => {
        const from = contract.session === undefined ? callerOf(request) : await visitorOf(app, contract, request);
        const answer = await handler(from, parametersOf(contract, request) as never);
        return send(reply, contract, request, answer);
      },
    });
  }
}

const callerOf = ({ user }: FastifyRequest): Caller => ({
  user: user.sub as UserId,
  session: user.sid as SessionId,
});

async function visitorOf(app: FastifyInstance, { session }: Contract, request: FastifyRequest): Promise<Visitor> {
  const { authorization, 'user-agent': agent = '' } = request.headers;
  const isKnown = session === 'optional' && authorization !== undefined;
  if (isKnown) await app.accessTokens.require(request);
  const caller = isKnown ? callerOf(request) : undefined;
  return { caller, address: request.ip, agent: agent.slice(0, maxAgentChars) };
}

/** Of all that a client may send the parameters of the command, and nothing else. */
function parametersOf({ parameters }: Contract, request: FastifyRequest): Values {
  const { params, query, body } = request as { params: Values; query: Values; body: Values | null | undefined };
  const known = parameters.properties as TProperties;
  const { 'idempotency-key': key, 'if-match': tag } = request.headers;
  return {
    ...('clientId' in known && typeof key === 'string' ? { clientId: clientIdOf(key) } : {}),
    ...('ifVersion' in known && tag !== undefined ? { ifVersion: versionOf(tag) } : {}),
    ...query,
    ...body,
    ...params,
  };
}

/** A key that is no client id already becomes one: the same key, the same id. */
function clientIdOf(key: string): string {
  if (isClientId(key)) return key;
  if (key.length === 0 || key.length > 255) throw new Failure('invalid_request', { detail: 'Not an Idempotency-Key' });
  return createHash('sha256').update(key).digest('base64url').slice(0, 36);
}

function versionOf(tag: string): number {
  const found = /^"(\d{1,15})"$/.exec(tag);
  if (found === null) throw new Failure('stale', { detail: 'Not an ETag of this resource' });
  return Number(found[1]);
}

function send(reply: FastifyReply, contract: Contract, request: FastifyRequest, answer: unknown): FastifyReply {
  if (contract.answer === undefined) return reply.code(204).send(null);
  const values = answer as Values;
  const tag = 'version' in values ? `"${String(values['version'])}"` : undefined;
  if (tag !== undefined) reply.header('etag', tag);
  if (contract.method === 'GET') {
    if (tag !== undefined && !contract.live && request.headers['if-none-match'] === tag) return reply.code(304).send();
    if (values['next'] !== undefined) reply.header('link', `<${nextPage(request, values['next'])}>; rel="next"`);
  }
  if (contract.makes === undefined) return reply.send(answer);
  const path = contract.makes.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(String(values[field])));
  return reply.code(201).header('location', `/v1${path}`).send(answer);
}

/** Where the rest of a list is; messages are paged by their numbers. */
function nextPage(request: FastifyRequest, next: unknown): string {
  const [path = '', query] = request.url.split('?');
  const search = new URLSearchParams(query);
  const isNumber = typeof next === 'number';
  const name = !isNumber ? 'cursor' : search.has('after') && !search.has('before') ? 'after' : 'before';
  search.delete('around');
  search.set(name, String(next));
  return `${path}?${search}`;
}

function schemaOf(name: string, contract: Contract): FastifySchema {
  const { tag, summary, description, answer, makes, session, method, path, example } = contract;
  const named = new Set(Array.from(path.matchAll(/:(\w+)/g), ([, param]) => param));
  const all = Object.entries(contract.parameters.properties as TProperties);
  const inPath = Object.fromEntries(all.filter(([param]) => named.has(param)));
  const others = Object.fromEntries(all.filter(([param]) => !named.has(param)));
  const isRead = method === 'GET' || method === 'DELETE';
  const security = { none: {}, optional: { security: [{ accessToken: [] }, {}] }, needed: needsToken };
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...security[session ?? 'needed'],
    ...(named.size === 0 ? {} : { params: Type.Object(inPath) }),
    ...(isRead ? { querystring: Type.Object(others, strict) } : {}),
    ...(isRead || Object.keys(others).length === 0 ? {} : { body: bodyOf(others, contract) }),
    response: {
      ...(answer === undefined ? { 204: Type.Null() } : { [makes ? 201 : 200]: answerOf(answer, example) }),
      ...problems,
    },
  } as FastifySchema;
}

const needsToken = { security: [{ accessToken: [] }] };

/** A body of which nothing is needed may be left out. */
function bodyOf(properties: TProperties, { parameters, example }: Contract): TSchema {
  const examples = example?.parameters === undefined ? {} : { examples: [example.parameters] };
  const body = Type.Object(properties, { ...strict, ...examples });
  const needed: readonly string[] = parameters.required ?? [];
  return needed.some((name) => name in properties) ? body : Type.Union([body, Type.Null()]);
}

const answerOf = (answer: TSchema, example: Contract['example']): TSchema =>
  example?.answer === undefined ? answer : ({ ...answer, examples: [example.answer] } as TSchema);
