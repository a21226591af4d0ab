import type { FastifyInstance } from 'fastify';

/** Public keys that verify access tokens. */
export async function keyRoutes(app: FastifyInstance): Promise<void> {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return { keys: app.accessTokens.jwks.keys };
  });
}
