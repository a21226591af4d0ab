import { type CommandName, type Contract, commands } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { SessionId, UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify';
import { type TProperties, type TSchema, Type } from 'typebox';
import type { Caller, CallHandlers, OpenHandlers, RestHandlers, Visitor } from '../commands/handler.ts';
import { strictLimit } from '../plugins/rate-limits.ts';
import { sendAnswer } from './answers.ts';
import { ifVersionIs, versionsAllowed } from './entity-tags.ts';
import { parametersOf, takesQuery } from './request-parameters.ts';

export interface CommandRoutesOptions {
  readonly handlers: CallHandlers & OpenHandlers & RestHandlers;
  /** Of one address, for what costs a password hash or a mail. */
  readonly costlyPerMinute: number;
}

type AnyHandler = (from: Caller | Visitor, parameters: never) => Promise<unknown>;

const strict = { additionalProperties: false };
const maxAgentChars = 200;
const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** REST: a route for each command of the table. */
export async function commandRoutes(app: FastifyInstance, options: CommandRoutesOptions): Promise<void> {
  const table = Object.entries<Contract>(commands);
  // Behind the count of requests, before a body is read.
  const requireToken = async (request: FastifyRequest) => app.accessTokens.require(request);
  for (const [name, contract] of table) {
    const handler = options.handlers[name as CommandName] as AnyHandler;
    app.route({
      method: contract.method,
      url: contract.path,
      schema: schemaOf(contract),
      ...(contract.bodyBytes === undefined ? {} : { bodyLimit: contract.bodyBytes }),
      ...(contract.costly ? { config: strictLimit(options.costlyPerMinute) } : {}),
      ...(contract.session === undefined ? { preParsing: requireToken } : {}),
      handler: async (request, reply) => {
        const from = contract.session === undefined ? callerOf(request) : await visitorOf(app, contract, request);
        const asked = parametersOf(contract, request);
        const versions = takesVersion(contract) ? versionsAllowed(request.headers['if-match']) : undefined;
        const answer = await ifVersionIs(versions, (condition) => handler(from, { ...asked, ...condition } as never));
        return sendAnswer(reply, contract, request, answer);
      },
    });
  }
  for (const [path, allowed] of methodsByPath(table)) refuseOthers(app, path, allowed);
}

const takesVersion = ({ parameters }: Contract): boolean => Object.hasOwn(parameters.properties, 'ifVersion');

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

/** What each path knows, under one of its spellings: `:room` and `:user` in the same place are the same to the router. */
function methodsByPath(table: readonly [string, Contract][]): Map<string, Set<HTTPMethods>> {
  const spelling = new Map<string, string>();
  const found = new Map<string, Set<HTTPMethods>>();
  for (const [, { path, method }] of table) {
    const shape = path.replace(/:\w+/g, ':');
    const known = spelling.get(shape) ?? path;
    spelling.set(shape, known);
    const allowed = found.get(known) ?? new Set();
    found.set(known, allowed.add(method));
    if (method === 'GET') allowed.add('HEAD');
  }
  return found;
}

export function refuseOthers(app: FastifyInstance, url: string, allowed: ReadonlySet<HTTPMethods>): void {
  const others = methods.filter((method) => !allowed.has(method));
  const allow = methods.filter((method) => allowed.has(method)).join(', ');
  app.route({
    method: others,
    url,
    preParsing: async (_request, reply) => {
      reply.header('allow', allow);
      throw new Failure('method_not_allowed');
    },
    handler: async () => undefined,
  });
}

function schemaOf(contract: Contract): FastifySchema {
  const named = new Set(Array.from(contract.path.matchAll(/:(\w+)/g), ([, param]) => param));
  const all = Object.entries(contract.parameters.properties as TProperties);
  const inPath = Object.fromEntries(all.filter(([param]) => named.has(param)));
  const others = Object.fromEntries(all.filter(([param]) => !named.has(param)));
  const isRead = takesQuery(contract);
  return {
    ...(named.size === 0 ? {} : { params: Type.Object(inPath) }),
    ...(isRead ? { querystring: Type.Object(others, strict) } : { querystring: Type.Object({}, strict) }),
    ...(isRead ? {} : { body: bodyOf(others, contract) }),
  };
}

/** A body of which nothing is needed may be left out. */
function bodyOf(properties: TProperties, { parameters }: Contract): TSchema {
  const body = Type.Object(properties, strict);
  const needed: readonly string[] = parameters.required ?? [];
  return needed.some((name) => name in properties) ? body : Type.Union([body, Type.Null()]);
}
