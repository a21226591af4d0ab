import { Failure, type FailureKind } from '@gapless/shared/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type FieldError, toProblem } from './problem.ts';

export interface ProblemDetailsOptions {
  /** The failure that an error of a handler stands for; `undefined` for a bug. */
  readonly foresee: (error: unknown) => Failure | undefined;
}

/** Every answer that is not what was asked for is a problem document; nothing else knows how one looks. */
export const problemDetails = fp<ProblemDetailsOptions>(async (app, { foresee }) => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = foresee(error) ?? failureOfFramework(error) ?? new Failure('internal', { cause: error });
    if (failure.kind === 'internal') request.log.error({ err: error }, 'a bug in a request');
    else if (failure.status >= 500) request.log.warn({ err: failure, cause: failure.cause }, 'request not served');
    return sendProblem(request, reply, failure, fieldErrors(error));
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
    sendProblem(request, reply, new Failure('route_not_found')),
  );
});

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
  errors?: readonly FieldError[],
): FastifyReply {
  if (failure.retryMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(failure.retryMs / 1000)));
  if (failure.status === 401) reply.header('www-authenticate', 'Bearer');
  // As text: the schema of the route's own answers must not have a say in it.
  reply.problem = failure.code;
  const problem = JSON.stringify(toProblem(failure, request.id, errors));
  return reply.code(failure.status).type('application/problem+json').serializer(String).send(problem);
}

const kinds: Readonly<Record<number, FailureKind>> = {
  401: 'token_required',
  403: 'forbidden',
  404: 'route_not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media',
  429: 'rate_limited',
  503: 'busy',
};

/** What Fastify and its plugins refuse by themselves. */
export function failureOfFramework(error: FastifyError): Failure | undefined {
  if (error.validation !== undefined) return new Failure('invalid_request', { cause: error });
  const status = error.statusCode ?? 500;
  const kind = kinds[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : undefined);
  return kind === undefined ? undefined : new Failure(kind, { cause: error });
}

interface Violation {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function fieldErrors(error: FastifyError): FieldError[] | undefined {
  if (error.validation === undefined) return undefined;
  const where = error.validationContext ?? 'body';
  return (error.validation as readonly Violation[]).flatMap(({ instancePath, message = 'is not valid', params }) => {
    const { requiredProperties: missing } = params;
    if (!Array.isArray(missing)) return [{ in: where, pointer: instancePath, detail: message }];
    return missing.map((name) => ({ in: where, pointer: `${instancePath}/${String(name)}`, detail: 'is required' }));
  });
}
