import type { CommandName, Contract } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { FastifyInstance, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify';
import { type TProperties, type TSchema, Type } from 'typebox';
import { strictLimit } from '../plugins/rate-limits.ts';
import { sendAnswer } from './answers.ts';
import { ifVersionIs, versionsAllowed } from './entity-tags.ts';
import { parametersOf, takesQuery, type Values } from './request-parameters.ts';

export interface CommandRoutesOptions {
  readonly served: readonly [CommandName, Contract][];
  /** Carries the command out for whoever asks. */
  readonly carryOut: CarryOutRequest;
  /** Behind the count of requests, before a body is read, again behind a late one: rejects for who may not ask. */
  readonly admit: (request: FastifyRequest, name: CommandName, contract: Contract) => Promise<void>;
  /** Of one address, for what costs a password hash or a mail. */
  readonly costlyPerMinute: number;
}

export type CarryOutRequest = (request: FastifyRequest, name: CommandName, asked: Values) => Promise<unknown>;

const strict = { additionalProperties: false };
const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** REST: a route for each command that is served. */
export async function commandRoutes(app: FastifyInstance, options: CommandRoutesOptions): Promise<void> {
  const { served, carryOut, admit } = options;
  /** Let in before their bodies had come: a session or a right may have ended until those are there. */
  const early = new WeakSet<FastifyRequest>();
  for (const [name, contract] of served) {
    app.route({
      method: contract.method,
      url: contract.path,
      schema: schemaOf(contract),
      ...(contract.bodyBytes === undefined ? {} : { bodyLimit: contract.bodyBytes }),
      config: {
        ...(contract.costly ? strictLimit(options.costlyPerMinute) : {}),
        command: name as CommandName,
      },
      preParsing: async (request: FastifyRequest) => {
        await admit(request, name, contract);
        if (request.raw.complete === false) early.add(request);
      },
      preValidation: async (request: FastifyRequest) => {
        if (early.has(request)) await admit(request, name, contract);
      },
      handler: async (request, reply) => {
        const asked = parametersOf(contract, request);
        const versions = takesVersion(contract) ? versionsAllowed(request.headers['if-match']) : undefined;
        const answer = await ifVersionIs(versions, (condition) => carryOut(request, name, { ...asked, ...condition }));
        return sendAnswer(reply, contract, request, answer);
      },
    });
  }
  for (const [path, allowed] of methodsByPath(served)) refuseOthers(app, path, allowed);
}

const takesVersion = ({ parameters }: Contract): boolean => Object.hasOwn(parameters.properties, 'ifVersion');

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
