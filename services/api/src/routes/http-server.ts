import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import type { Logger, Metrics } from '@gapless/shared/runtime';
import { type AccessClaims, newId, type SessionId, type UserId } from '@gapless/shared/schema';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { openHandlers } from '../commands/auth.ts';
import { type CallDeps, callHandlers, restHandlers } from '../commands/handlers.ts';
import type { ComposeMail } from '../domain/compose-mail.ts';
import type { MailStore } from '../domain/mail-store.ts';
import type { ForeignAccess } from '../foreign-access.ts';
import { accessToken } from '../plugins/access-token.ts';
import { bodyDeadline } from '../plugins/body-deadline.ts';
import { browserSafety } from '../plugins/browser-safety.ts';
import { documentation } from '../plugins/documentation.ts';
import { jsonBody } from '../plugins/json-body.ts';
import { failureOfFramework, problemDetails, sendProblem } from '../plugins/problem-details.ts';
import { rateLimits } from '../plugins/rate-limits.ts';
import { requestLog } from '../plugins/request-log.ts';
import { validatorCompiler } from '../plugins/validation.ts';
import { commandRoutes } from './command-routes.ts';
import { emailPages } from './email-pages.ts';
import { type FileContentOptions, fileContent } from './file-content.ts';
import { fileUploads } from './file-uploads.ts';
import { keyRoutes } from './keys.ts';
import { localOutbox } from './local-outbox.ts';
import { openApiDocument } from './openapi.ts';

export interface HttpServerDeps extends CallDeps, Omit<FileContentOptions, 'linkMs'> {
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

const bodyLimit = 64 * 1024;
const bodyMs = 30_000;
/** An emoji of a few code points is long in a path: percent-encoded, three characters a byte. */
const maxParamLength = 500;

/** All of REST: plugins, then routes. */
export async function createHttpServer(deps: HttpServerDeps): Promise<FastifyInstance> {
  const { config, logger, metrics, foresee } = deps;
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(),
    bodyLimit,
    routerOptions: { maxParamLength },
    connectionTimeout: 60_000,
    // Of uploads; all other bodies have their own.
    requestTimeout: config.fileUploadMs + bodyMs,
    keepAliveTimeout: 72_000,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, failureOfFramework(error) ?? new Failure('invalid_request'));
    },
  });
  app.setValidatorCompiler(validatorCompiler);

  await app.register(requestLog, { metrics });
  await app.register(browserSafety, { origins: config.corsOrigins });
  await app.register(bodyDeadline, { bodyMs });
  await app.register(jsonBody);
  await app.register(rateLimits, { perMinute: config.requestsPerMinute });
  await app.register(problemDetails, { foresee });
  await app.register(accessToken, {
    privateKeyPem: deps.privateKeyPem,
    lifeMs: config.accessTokenMs,
    admit: admitTo(deps),
    foreign: deps.foreignAccess,
  });
  await app.register(documentation, { document: openApiDocument() });
  await app.register(keyRoutes);
  await app.register((v1) => versionOne(v1, deps), { prefix: '/v1' });
  await app.register(emailPages, { ...deps, costlyPerMinute: config.loginsPerMinute });
  if (deps.areMailsShown) await app.register(localOutbox, deps);
  return app;
}

/** Looked up for each request: what was ended a moment ago is refused here at once, whatever the token says. */
const admitTo =
  ({ accounts, sessions }: HttpServerDeps) =>
  async ({ sub, sid, ep = 0 }: AccessClaims): Promise<void> => {
    await Promise.all([accounts.admit(sub as UserId, ep), sessions.admit(sid as SessionId)]);
  };

async function versionOne(app: FastifyInstance, deps: HttpServerDeps): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!deps.isPrepared()) throw new Failure('store_unavailable', { retryMs: 1_000 });
  });
  const open = openHandlers({ ...deps, tokens: app.accessTokens });
  const handlers = { ...callHandlers(deps), ...restHandlers(deps), ...open };
  const { config } = deps;
  await app.register(commandRoutes, { handlers, costlyPerMinute: config.loginsPerMinute });
  await app.register(fileUploads, { takeUpload: deps.takeUpload, stallMs: config.fileStallMs });
  await app.register(fileContent, { ...deps, linkMs: config.fileLinkMs });
}
