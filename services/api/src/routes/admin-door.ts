import { type CommandName, type Contract, commandsOf, doorOf, type Scope, scopeOf } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { isId, type SessionId, type UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AdminHandlers, Caller, CallHandlers, RestHandlers } from '../commands/handler.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Attempts } from '../domain/accounts/attempts.ts';
import { type Actor, mayActOn, needScope, needScopeOver } from '../domain/admin/actor.ts';
import { type ApiKeys, looksLikeKey } from '../domain/admin/api-keys.ts';
import type { Asked, Audit } from '../domain/admin/audit.ts';
import { bearerOf } from '../plugins/access-token.ts';
import { type CarryOutRequest, commandRoutes } from './command-routes.ts';
import { fileUploads, type Uploading, uploadContract } from './file-uploads.ts';
import type { Values } from './request-parameters.ts';

export interface AdminDoorOptions {
  readonly handlers: AdminHandlers & CallHandlers & RestHandlers;
  readonly accounts: Pick<Accounts, 'admitAdmin' | 'find'>;
  readonly apiKeys: Pick<ApiKeys, 'recognise'>;
  readonly attempts: Pick<Attempts, 'wrongKey'>;
  readonly audit: Pick<Audit, 'carriedOut' | 'refused'>;
  readonly costlyPerMinute: number;
  readonly uploading: Uploading;
}

/** Who asks for what, once that is known. */
interface Request {
  readonly actor: Actor;
  readonly command: CommandName | typeof upload;
  readonly contract: Contract;
  /** Set once he may. */
  as?: UserId;
  /** The audit log knows of it. */
  isNoted?: true;
}

/** What the audit log calls it. */
const upload = 'files.upload';

type AnyHandler = (from: Actor | Caller, parameters: never) => Promise<unknown>;

/** A key has no session; what needs one is not served to it. */
const noSession = '' as SessionId;

/** What admins ask for, and back ends: by their own right, or in the name of a user. Each request is noted, refused or not. */
export async function adminDoor(app: FastifyInstance, options: AdminDoorOptions): Promise<void> {
  const { handlers, audit, costlyPerMinute, uploading } = options;
  const served = commandsOf('admin');
  const known = new WeakMap<FastifyRequest, Request>();

  async function admit(request: FastifyRequest, command: Request['command'], contract: Contract): Promise<Request> {
    const actor = await actorOf(app, options, request);
    const asked: Request = { actor, command, contract };
    known.set(request, asked);
    const header = request.headers['gapless-as'];
    if (doorOf(contract) === 'public') asked.as = await userOf(options, { actor, header, contract });
    else await admitToOwn(options, { actor, header, contract });
    return asked;
  }

  function noted<T>(request: FastifyRequest, parameters: Values, work: (asked: Request) => Promise<T>): Promise<T> {
    const asked = known.get(request);
    if (asked === undefined) throw new Error('a request came past the door');
    asked.isNoted = true;
    return audit.carriedOut(noteOf(request, asked, parameters), () => work(asked));
  }

  const carryOut: CarryOutRequest = async (request, name, parameters) => {
    const handler = handlers[name as keyof typeof handlers] as AnyHandler;
    return noted(request, parameters, async ({ as, actor }) => {
      if (as === undefined) return handler(actor, parameters as never);
      const answer = await handler({ user: as, session: noSession }, parameters as never);
      return mayActOn(actor, 'messages:read') ? answer : unsaid(answer);
    });
  };

  app.addHook('onError', async (request, _reply, error) => {
    const asked = known.get(request);
    if (asked === undefined || asked.isNoted) return;
    const { params } = request as { params: Values };
    await audit.refused(noteOf(request, asked, idsOf(params)), error);
  });

  await app.register(commandRoutes, {
    ...{ served, carryOut, costlyPerMinute },
    admit: async (request, command, contract) => void (await admit(request, command, contract)),
  });
  await app.register(fileUploads, {
    ...uploading,
    admit: async (request) => (await admit(request, upload, uploadContract)).as as UserId,
    carryOut: (request, work) => noted(request, {}, work),
  });
}

/** What is said in a room is of another scope than the room, which shows its last message to whoever is in. */
function unsaid(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const { last: _, ...rest } = answer as Values;
  return Array.isArray(rest['items']) ? { ...rest, items: rest['items'].map(unsaid) } : rest;
}

/** Of a path that nobody has looked at yet only what are ids is noted. */
const idsOf = (params: Values): Values =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => isId(String(value))));

const noteOf = (request: FastifyRequest, { actor, as, command, contract }: Request, parameters: Values): Asked => ({
  ...{ actor, as, command, contract, address: request.ip },
  parameters,
});

async function actorOf(app: FastifyInstance, options: AdminDoorOptions, request: FastifyRequest): Promise<Actor> {
  const bearer = bearerOf(request);
  if (!looksLikeKey(bearer)) {
    await app.accessTokens.require(request);
    return { kind: 'user', id: request.user.sub as UserId };
  }
  const actor = await options.apiKeys.recognise(bearer);
  if (actor !== undefined) return actor;
  await options.attempts.wrongKey(request.ip);
  throw new Failure('token_required', { detail: 'No key that works' });
}

interface Claim {
  readonly actor: Actor;
  readonly header: string | string[] | undefined;
  readonly contract: Contract;
}

/** By his own right: an admin, or a key that has the scope. */
async function admitToOwn({ accounts }: AdminDoorOptions, { actor, header, contract }: Claim): Promise<void> {
  if (header !== undefined) throw new Failure('invalid_request', { detail: 'Nobody is stood for by this command' });
  if (actor.kind === 'user') return accounts.admitAdmin(actor.id);
  needScope(actor, scopeOf(contract) as Scope);
}

/** In the name of a user, who must be one: a key that has the scope, and never a token; of an admin one that may all. */
async function userOf({ accounts }: AdminDoorOptions, { actor, header, contract }: Claim): Promise<UserId> {
  if (actor.kind !== 'key') throw new Failure('forbidden', { detail: 'Only a key stands for users' });
  needScope(actor, scopeOf(contract) as Scope);
  const user = String(header ?? '');
  if (!isId(user)) throw new Failure('invalid_request', { detail: '`Gapless-As` names a user by his id' });
  const account = await accounts.find(user as UserId);
  needScopeOver(actor, account);
  if (account.disabled) throw new Failure('account_disabled');
  return user as UserId;
}
