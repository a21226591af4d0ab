import { createHash } from 'node:crypto';
import { type Contract, isWellFormed } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, isClientId } from '@gapless/shared/schema';
import type { FastifyRequest } from 'fastify';

export type Values = Readonly<Record<string, unknown>>;

/** Commands of these methods take what their path does not name from the query, and never look at a body. */
export const takesQuery = ({ method }: Contract): boolean => method === 'GET' || method === 'DELETE';

/** Of all that a client may send the parameters of the command, and nothing else. Each part has been validated. */
export function parametersOf(contract: Contract, request: FastifyRequest): Values {
  const { params, query, body } = request as { params: Values; query: Values; body: Values | null | undefined };
  const own = takesQuery(contract) ? query : body;
  const asked = { ...idempotencyOf(contract, request, own ?? {}), ...own, ...params };
  if (!isWellFormed(asked)) throw new Failure('invalid_request', { detail: 'Texts are Unicode, without NUL' });
  return asked;
}

function idempotencyOf({ parameters, method }: Contract, { headers }: FastifyRequest, own: Values): Values {
  const key = headers['idempotency-key'];
  if (key === undefined || method === 'GET' || !Object.hasOwn(parameters.properties, 'clientId')) return {};
  const clientId = clientIdOf(String(key));
  const isOther = own['clientId'] !== undefined && own['clientId'] !== clientId;
  if (isOther) throw new Failure('invalid_request', { detail: 'Idempotency-Key and clientId differ' });
  return { clientId };
}

/** A key that is no client id already becomes one: the same key, the same id. */
export function clientIdOf(key: string): ClientId {
  if (isClientId(key)) return key;
  if (key.length === 0 || key.length > 255) throw new Failure('invalid_request', { detail: 'Not an Idempotency-Key' });
  return createHash('sha256').update(key).digest('base64url').slice(0, 36) as ClientId;
}
