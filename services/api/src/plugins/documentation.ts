import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { tags } from '@gapless/shared/commands';
import fp from 'fastify-plugin';

/** The OpenAPI document, made from the schemas that validate, and a page to browse it. Registered before the routes. */
export const documentation = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gapless',
        version: '1',
        description: 'Users, rooms and messages. What happens in rooms is told over the WebSocket of an edge.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});
