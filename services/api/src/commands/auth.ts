import { Failure } from '@gapless/shared/errors';
import type { AccessClaims } from '@gapless/shared/schema';
import type { Account } from '../domain/account-store.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { OpenSession, Sessions } from '../domain/sessions.ts';
import type { Handlers, OpenHandlers } from './handler.ts';
import { showUser } from './show.ts';

export interface TokenSigner {
  readonly lifeMs: number;
  sign(claims: AccessClaims): string;
}

export interface AuthDeps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
}

export function openHandlers({
  accounts,
  sessions,
  tokens,
}: AuthDeps & { readonly tokens: TokenSigner }): OpenHandlers {
  const signedIn = (account: Account, { session, refreshToken }: OpenSession) => ({
    user: showUser(account),
    accessToken: tokens.sign({
      sub: account.id,
      sid: session,
      role: account.role,
      ...(account.epoch === 0 ? {} : { ep: account.epoch }),
    }),
    expiresIn: Math.floor(tokens.lifeMs / 1000),
    refreshToken,
  });

  return {
    'auth.signUp': async (_, from) => {
      const account = await accounts.signUp(from);
      return signedIn(account, await sessions.open(account));
    },
    'auth.logIn': async (_, from) => {
      const account = await accounts.logIn(from);
      return signedIn(account, await sessions.open(account));
    },
    'auth.refresh': async (_, { refreshToken }) => {
      const session = await sessions.refresh(refreshToken);
      return signedIn(await accounts.admit(session.user, session.epoch), session);
    },
    'auth.logOut': async ({ caller }, { refreshToken }) => {
      if (refreshToken !== undefined) return sessions.closeBy(refreshToken);
      if (caller === undefined) throw new Failure('token_required');
      return sessions.close(caller.session);
    },
  };
}

export const sessionHandlers = ({ sessions }: AuthDeps): Handlers<'sessions.close'> => ({
  'sessions.close': ({ session }) => sessions.close(session),
});
