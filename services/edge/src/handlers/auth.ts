import { Failure } from '@gapless/shared/errors';
import type { Identity } from '../access-token.ts';
import type { KnownTokens } from '../known-tokens.ts';
import type { Session } from '../session.ts';
import type { Handler } from './operation.ts';

export interface AuthDeps {
  readonly tokens: Pick<KnownTokens, 'identify'>;
}

export function createAuth({ tokens }: AuthDeps): Handler<'auth'> {
  return (session, { i, tok }) => {
    const found = tokens.identify(tok);
    return found instanceof Promise ? found.then((identity) => renew(session, i, identity)) : renew(session, i, found);
  };
}

function renew(session: Session, i: number | undefined, identity: Identity | undefined): void {
  if (identity === undefined) throw new Failure('token_required');
  if (identity.user !== session.user) {
    throw new Failure('forbidden', { detail: 'The token is of another user: open another socket' });
  }
  session.renew(identity);
  session.ok(i);
}
