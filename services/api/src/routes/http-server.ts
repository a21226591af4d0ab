import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import type { Logger, Metrics } from '@gapless/shared/runtime';
import { type AccessClaims, newId, type SessionId, type UserId } from '@gapless/shared/schema';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { AccountStore } from '../domain/account-store.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { History } from '../domain/history.ts';
import type { MarkRead } from '../domain/mark-read.ts';
import type { Marks } from '../domain/marks.ts';
import type { Memberships } from '../domain/memberships.ts';
import type { MessageChanges } from '../domain/message-changes.ts';
import type { Rooms } from '../domain/rooms.ts';
import type { Sessions } from '../domain/sessions.ts';
import { accessToken } from '../plugins/access-token.ts';
import { documentation } from '../plugins/documentation.ts';
import { failureOfFramework, problemDetails, sendProblem } from '../plugins/problem-details.ts';
import { rateLimits } from '../plugins/rate-limits.ts';
import { requestLog } from '../plugins/request-log.ts';
import { validatorCompiler } from '../plugins/validation.ts';
import { adminRoutes } from './admin.ts';
import { authRoutes } from './auth.ts';
import { keyRoutes } from './keys.ts';
import { meRoutes } from './me.ts';
import { memberRoutes } from './members.ts';
import { messageChangeRoutes } from './message-changes.ts';
import { messageRoutes } from './messages.ts';
import { receiptRoutes } from './receipts.ts';
import { roomRoutes } from './rooms.ts';

export interface HttpServerDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly privateKeyPem: string;
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly memberships: Memberships;
  readonly history: History;
  readonly messageChanges: MessageChanges;
  readonly marks: Marks;
  readonly markRead: MarkRead;
  readonly foresee: (error: unknown) => Failure | undefined;
  /** Whether the store is up to date: before that nothing may be read from it or written to it. */
  readonly isPrepared: () => boolean;
}

const bodyLimit = 64 * 1024;

/** All of REST: plugins, then routes. */
export async function createHttpServer(deps: HttpServerDeps): Promise<FastifyInstance> {
  const { config, logger, metrics, foresee } = deps;
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(),
    bodyLimit,
    connectionTimeout: 60_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, failureOfFramework(error) ?? new Failure('invalid_request'));
    },
  });
  app.setValidatorCompiler(validatorCompiler);

  await app.register(requestLog, { metrics });
  await app.register(rateLimits, { perMinute: config.requestsPerMinute });
  await app.register(problemDetails, { foresee });
  await app.register(accessToken, {
    privateKeyPem: deps.privateKeyPem,
    lifeMs: config.accessTokenMs,
    admit: admitTo(deps),
  });
  await app.register(documentation);
  await app.register(keyRoutes);
  await app.register((v1) => versionOne(v1, deps), { prefix: '/v1' });
  return app;
}

/** Looked up for each request: what was ended a moment ago is refused here at once, whatever the token says. */
const admitTo =
  ({ accounts, sessions }: HttpServerDeps) =>
  async ({ sub, sid, ep = 0 }: AccessClaims): Promise<void> => {
    await Promise.all([accounts.admit(sub as UserId, ep), sessions.admit(sid as SessionId)]);
  };

async function versionOne(app: FastifyInstance, deps: HttpServerDeps): Promise<void> {
  const { config, accounts, accountStore, sessions, rooms, memberships, history, messageChanges } = deps;
  const { marks, markRead } = deps;
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!deps.isPrepared()) throw new Failure('store_unavailable', { retryMs: 1_000 });
  });
  await app.register(authRoutes, { prefix: '/auth', accounts, sessions, loginsPerMinute: config.loginsPerMinute });
  await app.register(meRoutes, { accounts });
  await app.register(adminRoutes, { prefix: '/admin', accounts });
  await app.register(roomRoutes, { rooms });
  await app.register(memberRoutes, { rooms, memberships, accounts: accountStore });
  await app.register(messageRoutes, { history });
  await app.register(messageChangeRoutes, { messageChanges });
  await app.register(receiptRoutes, { rooms, marks, markRead });
}
