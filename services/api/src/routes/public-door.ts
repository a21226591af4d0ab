import { commandsOf, contractOf } from '@gapless/shared/commands';
import type { SessionId, UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, CallHandlers, OpenHandlers, RestHandlers, Visitor } from '../commands/handler.ts';
import { type CarryOutRequest, commandRoutes } from './command-routes.ts';

export interface PublicDoorOptions {
  readonly handlers: CallHandlers & OpenHandlers & RestHandlers;
  readonly costlyPerMinute: number;
}

type AnyHandler = (from: Caller | Visitor, parameters: never) => Promise<unknown>;

const maxAgentChars = 200;

/** What users ask for, with a session of theirs or before they have one. */
export async function publicDoor(
  app: FastifyInstance,
  { handlers, costlyPerMinute }: PublicDoorOptions,
): Promise<void> {
  const carryOut: CarryOutRequest = async (request, name, asked) => {
    const handler = handlers[name as keyof typeof handlers] as AnyHandler;
    const { session } = contractOf(name);
    return handler(session === undefined ? callerOf(request) : visitorOf(request), asked as never);
  };
  await app.register(commandRoutes, {
    served: commandsOf('public'),
    carryOut,
    admit: async (request, _name, { session }) => {
      const isKnown = session === 'optional' && request.headers.authorization !== undefined;
      if (session === undefined || isKnown) await app.accessTokens.require(request);
    },
    costlyPerMinute,
  });
}

const callerOf = ({ user }: FastifyRequest): Caller => ({
  user: user.sub as UserId,
  session: user.sid as SessionId,
});

function visitorOf(request: FastifyRequest): Visitor {
  const { 'user-agent': agent = '' } = request.headers;
  const caller = isNobody(request) ? undefined : callerOf(request);
  return { caller, address: request.ip, agent: agent.slice(0, maxAgentChars) };
}

/** Whose token was not asked for, or who has none. */
const isNobody = ({ user }: { readonly user?: unknown }): boolean => user === undefined || user === null;
