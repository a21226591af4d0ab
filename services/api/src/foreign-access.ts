import type { AccessClaims } from '@gapless/shared/schema';
import type { ForeignTokens } from '@gapless/shared/tokens';
import type { Accounts } from './domain/accounts/accounts.ts';
import type { Identities } from './domain/accounts/identities.ts';

/** Claims as one of our own tokens would make them; `undefined` for what is no valid token of a trusted issuer. */
export type ForeignAccess = (token: string) => Promise<AccessClaims | undefined>;

/** The issuer says who it is; which user that is, and what he may, is looked up here for each request. */
export function createForeignAccess(deps: {
  tokens: ForeignTokens;
  identities: Identities;
  accounts: Pick<Accounts, 'get'>;
}): ForeignAccess {
  const { tokens, identities, accounts } = deps;
  return async (token) => {
    const found = tokens.isForeign(token) ? await tokens.verify(token) : undefined;
    if (found === undefined) return undefined;
    const { user, epoch } = await identities.resolve(found);
    const { role } = await accounts.get(user);
    return { sub: user, sid: found.session, role, ep: epoch };
  };
}
