import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

/** The OpenAPI document, made from the schemas that validate, and a page to browse it. Registered before the routes. */
export const documentation = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gapless',
        version: '1',
        description: 'Users, rooms and history. Messages are sent over the WebSocket of an edge.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'auth', description: 'Accounts, sessions and tokens' },
        { name: 'rooms', description: 'Rooms and who is in them' },
        { name: 'messages', description: 'History' },
        { name: 'admin', description: 'What only admins may' },
      ],
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});
