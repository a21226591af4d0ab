import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { asyncApiDocument } from '@gapless/shared/protocol';
import type { Logger, Metrics } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { FastifyInstance } from 'fastify';
import { openHandlers } from '../commands/auth.ts';
import { type AdminDeps, adminHandlers, type CallDeps, callHandlers, restHandlers } from '../commands/handlers.ts';
import type { ComposeMail } from '../domain/accounts/compose-mail.ts';
import type { MailStore } from '../domain/accounts/mail-store.ts';
import type { ForeignAccess } from '../foreign-access.ts';
import { documentation } from '../plugins/documentation.ts';
import { createRequestMetrics } from '../plugins/request-log.ts';
import { type AdminDoorOptions, adminDoor } from './admin-door.ts';
import { emailPages } from './email-pages.ts';
import { type FileContentOptions, fileContent } from './file-content.ts';
import { fileUploads } from './file-uploads.ts';
import { keyRoutes } from './keys.ts';
import { createListener } from './listener.ts';
import { localOutbox } from './local-outbox.ts';
import { openApiDocument } from './openapi.ts';
import { publicDoor } from './public-door.ts';

export type HttpServerDeps = CallDeps &
  Omit<AdminDeps, 'tokens'> &
  Omit<FileContentOptions, 'linkMs' | 'perMinute'> &
  HttpServerParts;

interface HttpServerParts extends Omit<AdminDoorOptions, 'handlers' | 'costlyPerMinute' | 'accounts' | 'uploading'> {
  readonly mails: MailStore;
  readonly compose: ComposeMail;
  /** Whether mails that are not sent are shown on this machine. */
  readonly areMailsShown: boolean;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly privateKeyPem: string;
  readonly foreignAccess: ForeignAccess;
  readonly foresee: (error: unknown) => Failure | undefined;
  /** Whether the store is up to date: before that nothing may be read from it or written to it. */
  readonly isPrepared: () => boolean;
}

/** All of REST, by its two listeners; none of them listens yet. */
export interface HttpServers {
  readonly public: FastifyInstance;
  readonly admin: FastifyInstance;
}

export async function createHttpServers(deps: HttpServerDeps): Promise<HttpServers> {
  const { corsOrigins, trustedProxies, requestsPerMinute, adminRequestsPerMinute } = deps.config;
  const parts = { ...deps, ...createRequestMetrics(deps.metrics) };
  return {
    public: await publicServer(
      deps,
      await createListener(parts, { origins: corsOrigins, perMinute: requestsPerMinute, proxies: trustedProxies }),
    ),
    // No page of another origin has a word here, and no proxy leads here: who asks is whom the socket names.
    admin: await adminServer(
      deps,
      await createListener(parts, { origins: [], perMinute: adminRequestsPerMinute, proxies: [] }),
    ),
  };
}

async function publicServer(deps: HttpServerDeps, app: FastifyInstance): Promise<FastifyInstance> {
  const costlyPerMinute = deps.config.loginsPerMinute;
  await app.register(documentation, { document: openApiDocument('public'), asyncDocument: asyncApiDocument() });
  await app.register(keyRoutes);
  const open = openHandlers({ ...deps, tokens: app.accessTokens });
  const handlers = { ...callHandlers(deps), ...restHandlers(deps), ...open };
  const { fileStallMs: stallMs, fileLinkMs: linkMs } = deps.config;
  await app.register(
    versionOne(deps, async (v1) => {
      await publicDoor(v1, { handlers, costlyPerMinute });
      await v1.register(fileUploads, {
        ...{ takeUpload: deps.takeUpload, stallMs },
        admit: async (request) => {
          await app.accessTokens.require(request);
          return request.user.sub as UserId;
        },
        carryOut: (_request, work) => work(),
      });
      await v1.register(fileContent, { ...deps, linkMs, perMinute: deps.config.requestsPerMinute });
    }),
    prefix,
  );
  await app.register(emailPages, { ...deps, costlyPerMinute });
  if (deps.areMailsShown) await app.register(localOutbox, deps);
  return app;
}

async function adminServer(deps: HttpServerDeps, app: FastifyInstance): Promise<FastifyInstance> {
  await app.register(documentation, { document: openApiDocument('admin') });
  const handlers = {
    ...callHandlers(deps),
    ...restHandlers(deps),
    ...adminHandlers({ ...deps, tokens: app.accessTokens }),
  };
  const { fileStallMs: stallMs, fileLinkMs: linkMs, loginsPerMinute: costlyPerMinute } = deps.config;
  const options = { ...deps, handlers, costlyPerMinute, uploading: { takeUpload: deps.takeUpload, stallMs } };
  await app.register(
    versionOne(deps, async (v1) => {
      await v1.register(adminDoor, options);
      await v1.register(fileContent, { ...deps, linkMs, perMinute: deps.config.requestsPerMinute });
    }),
    prefix,
  );
  return app;
}

const prefix = { prefix: '/v1' };

const versionOne =
  ({ isPrepared }: HttpServerDeps, door: (app: FastifyInstance) => Promise<void>) =>
  async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!isPrepared()) throw new Failure('store_unavailable', { retryMs: 1_000 });
    });
    await door(app);
  };
