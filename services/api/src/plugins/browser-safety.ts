import cors from '@fastify/cors';
import fp from 'fastify-plugin';

export interface BrowserSafetyOptions {
  /** Origins of web pages that may ask, exactly; empty: none but our own. */
  readonly origins: readonly string[];
}

const preflightSeconds = 600;
const exposed = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];
const taken = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'];

/** Data is never run, framed or taken for something else. */
const ofData = "default-src 'none'; frame-ancestors 'none'";
const ofPages = "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'";

/** What browsers are told. There are no cookies: a page of another origin has what its user gave it, and nothing else. */
export const browserSafety = fp<BrowserSafetyOptions>(async (app, { origins }) => {
  if (origins.length > 0) {
    await app.register(cors, {
      origin: [...origins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: taken,
      exposedHeaders: exposed,
      maxAge: preflightSeconds,
      strictPreflight: false,
    });
  }
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    if (reply.hasHeader('content-security-policy')) return;
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
    reply.header('content-security-policy', isPage ? ofPages : ofData);
  });
});
