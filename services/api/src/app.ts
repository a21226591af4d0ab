import type { AddressInfo } from 'node:net';
import { type Bus, connectNatsBus, followOnline, type Online, type OnlineFollowing } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { createMongoDispatch, type Dispatch, measurePool, mongoUrlOf } from '@gapless/shared/outbox';
import {
  type Clock,
  readSecretFile,
  retryUntil,
  type Service,
  type ServiceContext,
  steadyClock,
  systemClock,
} from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { FastifyInstance } from 'fastify';
import { createAdminDomain } from './admin-domain.ts';
import { type ConnectBus, createBusLink } from './bus-link.ts';
import { followHeads, type HeadsHeard } from './bus-log-state.ts';
import { createChatDomain } from './chat-domain.ts';
import { serveCommands } from './commands/commands.ts';
import { callHandlers } from './commands/handlers.ts';
import { closeDemoAccounts } from './domain/accounts/demo-accounts.ts';
import { createFileDomain } from './file-domain.ts';
import { foresee } from './foresee.ts';
import { createLastSeen } from './last-seen.ts';
import { planMail } from './mail-plan.ts';
import { createMailing } from './mailing.ts';
import { migrate } from './repositories/migrations.ts';
import { type Mongo, openMongo } from './repositories/mongo.ts';
import { createHttpServers, type HttpServers } from './routes/http-server.ts';

/** What tests put in place of the real thing. The api closes what it is given. */
export interface ApiDeps {
  readonly connectBus?: ConnectBus;
  readonly mongo?: Mongo;
  readonly clock?: Clock;
}

export interface Api extends Service {
  /** The HTTP server; listening after `start`. */
  http(): FastifyInstance;
  /** That of admins; listening where it is configured. */
  adminHttp(): FastifyInstance;
  /** Where the public one listens. */
  url(): string;
}

const redial = { firstMs: 250, maxMs: 5_000 };

/**
 * The whole api. `start` resolves when it listens: whatever needs a store or a log that is away answers 503 until they are
 * there, and `obstacles` names them.
 */
export function createApi({ config, logger, metrics }: ServiceContext, deps: ApiDeps = {}): Api {
  const { clock = systemClock, mongo = openMongo(mongoUrlOf(config), config.mongoDatabase) } = deps;
  const connect: ConnectBus =
    deps.connectBus ?? ((signal) => connectNatsBus(config, { name: 'api', logger, metrics, signal }));
  measurePool(mongo.client, metrics, () => mongo.obstacles().length === 0);
  const privateKeyPem = readSecretFile(config.signingKeyFile);
  const stopped = new AbortController();
  const link = createBusLink(connect);
  let prepared = false;
  let dispatch: Dispatch | undefined;
  let online: OnlineFollowing | undefined;
  let heads: HeadsHeard | undefined;
  let http: HttpServers | undefined;

  const mailPlan = planMail(config);
  const mailing = createMailing({ plan: mailPlan, privateKeyPem, mongo, clock, logger, metrics });
  const chat = createChatDomain({
    ...{ config, logger, clock, mongo, link, mailing },
    dispatcher: () => dispatch?.dispatcher,
    online: () => onlineNow(online),
  });
  const files = createFileDomain({ config, logger, metrics, clock, mongo, privateKeyPem, ...chat });
  const domain = {
    ...chat,
    ...files,
    ...createAdminDomain({
      ...{ config, logger, clock, mongo, link, tell: chat.tell, isClosed: chat.isClosed },
      online: () => onlineNow(online),
      heads: () => heads,
    }),
  };

  const lastSeen = createLastSeen({ accounts: domain.accountStore, logger });

  async function prepare(): Promise<void> {
    const failed = (error: unknown) => logger.warn({ err: error }, 'database not up to date yet');
    const migrated = async () => {
      await migrate(mongo.db, logger);
      if (config.nodeEnv === 'production') await closeDemoAccounts({ store: domain.accountStore, ...domain });
      return true;
    };
    prepared = (await retryUntil(migrated, { ...redial, signal: stopped.signal, failed })) ?? false;
    if (!prepared) return;
    mailing.open();
    files.fileCollector.open();
  }

  function connected(bus: Bus): void {
    const made = createMongoDispatch({ db: mongo.db, bus, settings: config, logger, metrics });
    dispatch = made;
    online = followOnline(bus, {
      clock: steadyClock,
      changed: (user, presence) => {
        if (presence === undefined) lastSeen.left(user);
      },
    });
    heads = followHeads(bus, clock);
    const findAccess = (user: UserId) => made.access.project(user);
    serveCommands({ ...domain, calls: callHandlers(domain), commands: bus.commands, findAccess, foresee });
  }

  return {
    async start() {
      mongo.open(logger);
      const servers = await createHttpServers({
        config,
        logger,
        metrics,
        privateKeyPem,
        foresee,
        isPrepared: () => prepared,
        areMailsShown: mailPlan.isShownHere,
        ...mailing,
        ...domain,
      });
      http = servers;
      await servers.public.listen({ host: config.apiHost, port: config.apiPort });
      if (config.adminApi) await servers.admin.listen({ host: config.adminApiHost, port: config.adminApiPort });
      link.open(connected);
      void prepare();
    },
    async close() {
      stopped.abort();
      online?.stop();
      heads?.stop();
      lastSeen.stop();
      await Promise.all([http?.public.close(), http?.admin.close()]);
      await mailing.close();
      await files.fileCollector.close();
      files.closeFileStore();
      await link.close();
      await mongo.close();
    },
    obstacles: () => [
      ...mongo.obstacles(),
      ...(prepared ? [] : ['the database is not up to date']),
      ...link.obstacles(),
    ],
    http: () => running(http).public,
    adminHttp: () => running(http).admin,
    url: () => {
      const address = running(http).public.server.address() as AddressInfo;
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },
  };
}

function onlineNow(following: OnlineFollowing | undefined): Online {
  if (following === undefined) throw new Failure('log_unavailable', { retryMs: 1_000 });
  return following.now();
}

function running(http: HttpServers | undefined): HttpServers {
  if (http === undefined) throw new Error('the api was not started');
  return http;
}
