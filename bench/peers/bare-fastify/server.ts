/** The floor of REST: Fastify, one route a page, and the driver's calls that the page costs; nothing else. */
import Fastify from 'fastify';
import { obeyOrders } from '../../src/ordered-process.ts';
import { openMongoPages } from './mongo-pages.ts';

export interface ListenOrder {
  readonly url: string;
  readonly database: string;
}

interface Query {
  readonly user: string;
  readonly room: string;
}

const limit = 50;

obeyOrders<ListenOrder, { say: 'listening'; port: number }>(async ({ url, database }, say) => {
  const pages = await openMongoPages(url, database);
  const app = Fastify();
  app.get<{ Querystring: Query }>('/history', ({ query }) => pages.history(query.room, query.user, limit));
  app.get<{ Querystring: Query }>('/rooms', ({ query }) => pages.rooms(query.user, limit));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  say({ say: 'listening', port: Number(new URL(address).port) });
});
