import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body comes for as long as its handler says. */
    longBody?: true;
  }
}

export const longBody = { longBody: true } as const;

/** Whoever sends a body slowly holds a connection for no longer than that; the handlers of long bodies see to theirs. */
export const bodyDeadline = fp<{ readonly bodyMs: number }>(async (app, { bodyMs }) => {
  const waits = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.longBody === true || request.raw.complete) return;
    waits.set(
      request,
      setTimeout(() => request.raw.destroy(), bodyMs),
    );
  });
  const came = (request: FastifyRequest): void => clearTimeout(waits.get(request));
  app.addHook('preValidation', async (request) => came(request));
  app.addHook('onResponse', async (request) => came(request));
  app.addHook('onRequestAbort', async (request) => came(request));
});
