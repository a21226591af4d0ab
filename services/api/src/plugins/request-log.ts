import type { Metrics } from '@gapless/shared/runtime';
import fp from 'fastify-plugin';

const bounds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counted together, whichever listener they came to. */
export const createRequestMetrics = (metrics: Metrics) => ({
  requests: metrics.counter('api_requests_total', 'Requests answered', ['method', 'route', 'status']),
  seconds: metrics.histogram('api_request_seconds', 'Time to answer a request', bounds),
});

export type RequestMetrics = ReturnType<typeof createRequestMetrics>;

/** One line and one count for each request, by route: what stands in an address or a query never gets there. */
export const requestLog = fp<RequestMetrics>(async (app, { requests, seconds }) => {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = reply.statusCode;
    requests.inc({ method, route, status: String(status) });
    seconds.observe(reply.elapsedTime / 1000);
    request.log.info({ method, route, status, ms: Math.round(reply.elapsedTime) }, 'answered');
  });
});
