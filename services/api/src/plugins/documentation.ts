import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

export interface Documents {
  readonly document: object;
  /** Of the sockets, which an edge serves. */
  readonly asyncDocument?: object;
}

/** The OpenAPI document, a page to browse it, and the AsyncAPI document beside it. */
export const documentation = fp<Documents>(async (app, { document, asyncDocument }) => {
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', async () => document);
  if (asyncDocument !== undefined) app.get('/asyncapi.json', async () => asyncDocument);
});
