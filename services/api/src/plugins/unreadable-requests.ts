import type { Socket } from 'node:net';
import { Failure } from '@gapless/shared/errors';
import { newId } from '@gapless/shared/schema';
import type { FastifyInstance } from 'fastify';
import { toProblem } from './problem.ts';

/** What no parser of HTTP takes is answered by a problem like everything else, and the connection ends. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isLong = error.code === 'HPE_HEADER_OVERFLOW';
  const failure = new Failure(isLong ? 'head_too_large' : 'invalid_request', { detail: 'This is no request of HTTP' });
  const body = JSON.stringify(toProblem(failure, newId()));
  const head = [
    `HTTP/1.1 ${failure.status} ${isLong ? 'Request Header Fields Too Large' : 'Bad Request'}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** A connection that was reset while its request waited to be read has no address to count it by, and nobody reads an answer. */
export function refuseGone(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ socket }) => {
    if (socket.remoteAddress === undefined) throw new Failure('invalid_request', { detail: 'The connection is gone' });
  });
}

/** Node answers what it cannot expect by itself and without a word: nobody has to honour it, so nobody does. */
export function overlookExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}
