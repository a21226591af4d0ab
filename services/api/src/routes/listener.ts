import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import type { Logger } from '@gapless/shared/runtime';
import { type AccessClaims, newId, type SessionId, type UserId } from '@gapless/shared/schema';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Sessions } from '../domain/accounts/sessions.ts';
import type { ForeignAccess } from '../foreign-access.ts';
import { accessToken } from '../plugins/access-token.ts';
import { bodyDeadline } from '../plugins/body-deadline.ts';
import { browserSafety } from '../plugins/browser-safety.ts';
import { jsonBody } from '../plugins/json-body.ts';
import { failureOfFramework, problemDetails, sendProblem } from '../plugins/problem-details.ts';
import { rateLimits } from '../plugins/rate-limits.ts';
import { type RequestMetrics, requestLog } from '../plugins/request-log.ts';
import { overlookExpectations, refuseGone, refuseUnreadable } from '../plugins/unreadable-requests.ts';
import { validatorCompiler } from '../plugins/validation.ts';

export interface ListenerDeps extends RequestMetrics {
  readonly config: Config;
  readonly logger: Logger;
  readonly privateKeyPem: string;
  readonly accounts: Pick<Accounts, 'admit'>;
  readonly sessions: Pick<Sessions, 'admit'>;
  readonly foreignAccess: ForeignAccess;
  readonly foresee: (error: unknown) => Failure | undefined;
}

export interface ListenerOptions {
  /** Of web pages that may ask. */
  readonly origins: readonly string[];
  /** Requests of one address. */
  readonly perMinute: number;
  /** Proxies that lead here, and say for whom: from anybody else that word counts for nothing. */
  readonly proxies: readonly string[];
}

const bodyLimit = 64 * 1024;
const bodyMs = 30_000;
/** An emoji of a few code points is long in a path: percent-encoded, three characters a byte. */
const maxParamLength = 500;

/** An HTTP server with everything that is the same for all of ours, and no route yet. */
export async function createListener(
  deps: ListenerDeps,
  { origins, perMinute, proxies }: ListenerOptions,
): Promise<FastifyInstance> {
  const { config, logger, foresee } = deps;
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
    trustProxy: proxies.length === 0 ? false : [...proxies],
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, failureOfFramework(error) ?? new Failure('invalid_request'));
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  overlookExpectations(app);

  await app.register(requestLog, deps);
  refuseGone(app);
  await app.register(browserSafety, { origins });
  await app.register(bodyDeadline, { bodyMs });
  await app.register(jsonBody);
  await app.register(rateLimits, { perMinute });
  await app.register(problemDetails, { foresee });
  await app.register(accessToken, {
    privateKeyPem: deps.privateKeyPem,
    lifeMs: config.accessTokenMs,
    admit: admitTo(deps),
    foreign: deps.foreignAccess,
  });
  return app;
}

/** Looked up for each request: what was ended a moment ago is refused here at once, whatever the token says. */
const admitTo =
  ({ accounts, sessions }: ListenerDeps) =>
  async ({ sub, sid, ep = 0 }: AccessClaims): Promise<void> => {
    await Promise.all([accounts.admit(sub as UserId, ep), sessions.admit(sid as SessionId)]);
  };
