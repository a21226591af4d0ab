import type { ErrorCode } from '@gapless/shared/errors';
import { subprotocol } from '@gapless/shared/protocol';
import type { Identity } from './access-token.ts';
import type { KnownTokens } from './known-tokens.ts';

/** What a handshake says, `''` where it says nothing. */
export interface Handshake {
  readonly address: string;
  readonly origin: string;
  readonly authorization: string;
  readonly subprotocols: string;
}

export type Admission =
  | {
      readonly ok: true;
      readonly identity: Identity | undefined;
      /** Another issuer's token, judged when the socket says hello. */
      readonly unjudged: string | undefined;
      readonly subprotocol: string;
    }
  | { readonly ok: false; readonly status: Refusal; readonly code: ErrorCode; readonly msg: string };

type Refusal = keyof typeof reasons;

export const reasons = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;

export interface UpgradeDeps {
  readonly tokens: Pick<KnownTokens, 'verify' | 'isForeign'>;
  readonly allowedOrigins: readonly string[];
  readonly admits: (address: string) => boolean;
  /** Why no socket is taken now. */
  readonly closedFor: () => string | undefined;
  /** There is more to do for those who are here than can be done. */
  readonly isOverloaded: () => boolean;
}

/** Decides on a handshake without waiting: cheap refusals first, the signature last. */
export function createUpgrade(deps: UpgradeDeps): (handshake: Handshake) => Admission {
  const { tokens, admits, closedFor, isOverloaded } = deps;
  const origins = new Set(deps.allowedOrigins);

  return ({ address, origin, authorization, subprotocols }) => {
    const closed = closedFor();
    if (closed !== undefined) return refuse(503, 'unavailable', closed);
    if (isOverloaded()) return refuse(503, 'busy', 'The edge is at its limit: connect to another one, or wait');
    if (origin !== '' && origins.size > 0 && !origins.has(origin)) {
      return refuse(403, 'forbidden', 'The origin is not allowed');
    }
    const offered = subprotocols === '' ? [] : subprotocols.split(',').map((item) => item.trim());
    if (offered.length > 0 && !offered.includes(subprotocol)) {
      return refuse(400, 'bad_frame', `Offer the subprotocol ${subprotocol}`);
    }
    if (!admits(address)) return refuse(429, 'rate_limited', 'Too many sockets that have not said hello');
    const token = tokenOf(authorization, offered);
    const identity = token === undefined ? undefined : tokens.verify(token);
    const unjudged = identity === undefined && token !== undefined && tokens.isForeign(token) ? token : undefined;
    if (token !== undefined && identity === undefined && unjudged === undefined) {
      return refuse(401, 'unauthenticated', 'The access token is not valid');
    }
    return { ok: true, identity, unjudged, subprotocol: offered.length > 0 ? subprotocol : '' };
  };
}

const refuse = (status: Refusal, code: ErrorCode, msg: string): Admission => ({ ok: false, status, code, msg });

const bearerItem = 'bearer.';

/** Another scheme counts as a token that is not valid: the client meant to authenticate. */
function tokenOf(authorization: string, offered: readonly string[]): string | undefined {
  if (authorization !== '') return authorization.replace(/^bearer +/i, '');
  return offered.find((item) => item.startsWith(bearerItem))?.slice(bearerItem.length);
}
