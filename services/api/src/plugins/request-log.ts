import type { CommandName } from '@gapless/shared/commands';
import type { ErrorCode } from '@gapless/shared/errors';
import type { Metrics } from '@gapless/shared/runtime';
import fp from 'fastify-plugin';

/** Counted together, whichever listener they came to. */
export const createRequestMetrics = (metrics: Metrics) => ({
  requests: metrics.counter('api_requests_total'),
  problems: metrics.counter('api_problems_total'),
  seconds: metrics.histogram('api_request_seconds'),
});

export type RequestMetrics = ReturnType<typeof createRequestMetrics>;

declare module 'fastify' {
  interface FastifyReply {
    /** Of the problem that it is. */
    problem: ErrorCode | null;
  }
  interface FastifyContextConfig {
    /** Of the table, which the route carries out. */
    readonly command?: CommandName;
  }
}

/** One line and one count for each request, by route: what stands in an address or a query never gets there. */
export const requestLog = fp<RequestMetrics>(async (app, { requests, problems, seconds }) => {
  app.decorateReply('problem', null);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = reply.statusCode;
    requests.inc({ method, route, status: String(status) });
    const { command = 'none' } = request.routeOptions.config;
    const outcome = status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed';
    seconds.observe({ command, outcome }, reply.elapsedTime / 1000);
    if (reply.problem !== null) problems.inc({ code: reply.problem });
    request.log.info({ method, route, status, ms: Math.round(reply.elapsedTime) }, 'answered');
  });
});
