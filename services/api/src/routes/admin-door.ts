import { commandsOf } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor, AdminHandlers } from '../commands/handler.ts';
import type { Accounts } from '../domain/accounts.ts';
import { type CarryOutRequest, commandRoutes } from './command-routes.ts';

export interface AdminDoorOptions {
  readonly handlers: AdminHandlers;
  readonly accounts: Pick<Accounts, 'admitAdmin'>;
  readonly costlyPerMinute: number;
}

type AnyHandler = (from: Actor, parameters: never) => Promise<unknown>;

/** What only admins ask for. */
export async function adminDoor(app: FastifyInstance, options: AdminDoorOptions): Promise<void> {
  const { handlers, accounts, costlyPerMinute } = options;
  const carryOut: CarryOutRequest = async (request, name, asked) =>
    (handlers[name as keyof typeof handlers] as AnyHandler)(actorOf(request), asked as never);
  await app.register(commandRoutes, {
    served: commandsOf('admin'),
    carryOut,
    admit: async (request) => {
      await app.accessTokens.require(request);
      await accounts.admitAdmin(request.user.sub as UserId);
    },
    costlyPerMinute,
  });
}

const actorOf = ({ user }: FastifyRequest): Actor => ({ user: user.sub as UserId });
