import { Failure } from '@gapless/shared/errors';
import type { AccessTokens } from '../access-token.ts';
import type { Handler } from './operation.ts';

export interface AuthDeps {
  readonly tokens: AccessTokens;
}

export function createAuth({ tokens }: AuthDeps): Handler<'auth'> {
  return (session, { i, tok }) => {
    const identity = tokens.verify(tok);
    if (identity === undefined) throw new Failure('token_required');
    if (identity.user !== session.user) {
      throw new Failure('forbidden', { detail: 'The token is of another user: open another socket' });
    }
    session.renew(identity);
    session.ok(i);
  };
}
