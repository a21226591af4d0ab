import type { Contract } from '@gapless/shared/commands';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isKnown, tagOf } from './entity-tags.ts';
import type { Values } from './request-parameters.ts';

/** What HTTP adds to an answer: status, ETag, the next page, where that is what was made. */
export function sendAnswer(
  reply: FastifyReply,
  contract: Contract,
  request: FastifyRequest,
  answer: unknown,
): FastifyReply {
  if (contract.answer === undefined) return reply.code(204).send();
  const values = answer as Values;
  const { version, next } = values;
  const tag = typeof version === 'number' ? tagOf(version) : undefined;
  if (tag !== undefined) reply.header('etag', tag);
  if (contract.method === 'GET') {
    if (tag !== undefined && !contract.live && isKnown(request.headers['if-none-match'], tag))
      return reply.code(304).send();
    if (next !== undefined) reply.header('link', `<${nextPage(request, next)}>; rel="next"`);
  }
  if (contract.makes !== undefined) reply.code(201).header('location', placeOf(contract.makes, values));
  return reply.send(answer);
}

const placeOf = (path: string, values: Values): string =>
  `/v1${path.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(String(values[field])))}`;

/** Where the rest of a list is; messages are paged by their numbers. */
function nextPage(request: FastifyRequest, next: unknown): string {
  const [path = '', query] = request.url.split('?');
  const search = new URLSearchParams(query);
  const isNumber = typeof next === 'number';
  const name = !isNumber ? 'cursor' : search.has('after') && !search.has('before') ? 'after' : 'before';
  search.delete('around');
  search.set(name, String(next));
  return `${path}?${search}`;
}
