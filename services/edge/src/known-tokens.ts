import type { AccessTokens, Identity } from './access-token.ts';
import type { ForeignIdentities } from './foreign-identities.ts';
import type { Revoked } from './revoked.ts';

/** Tokens of everybody whose word counts, without those of sessions and epochs that were revoked. */
export interface KnownTokens extends AccessTokens {
  /** Whether it says that it is another issuer's: `verify`, which never waits, knows nothing of those. */
  isForeign(token: string): boolean;
  /** Decided at once, unless it is another issuer's. Rejects with a `Failure` while that cannot be told. */
  identify(token: string): Identity | undefined | Promise<Identity | undefined>;
}

export function createKnownTokens(deps: {
  own: AccessTokens;
  foreign: ForeignIdentities;
  revoked: Pick<Revoked, 'covers'>;
}): KnownTokens {
  const { own, foreign, revoked } = deps;
  const verify = (token: string): Identity | undefined => {
    const identity = own.verify(token);
    return identity === undefined || revoked.covers(identity) ? undefined : identity;
  };
  return {
    verify,
    isForeign: foreign.isForeign,
    identify: (token) => verify(token) ?? (foreign.isForeign(token) ? foreign.identify(token) : undefined),
  };
}
