import { Failure } from '@gapless/shared/errors';
import type { AccessClaims } from '@gapless/shared/schema';
import type { Account } from '../domain/accounts/account-store.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Credentials } from '../domain/accounts/credentials.ts';
import type { LogIn } from '../domain/accounts/log-in.ts';
import type { OpenSession, Sessions } from '../domain/accounts/sessions.ts';
import type { SignUp } from '../domain/accounts/sign-up.ts';
import type { Handlers, OpenHandlers } from './handler.ts';
import { showSession, showUser } from './show.ts';

export interface TokenSigner {
  readonly lifeMs: number;
  sign(claims: AccessClaims): string;
}

export interface AuthDeps {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly logIn: LogIn;
  readonly signUps: SignUp;
  readonly credentials: Credentials;
}

/** What signs a user in. */
export const signedIn = (tokens: TokenSigner, account: Account, { session, refreshToken }: OpenSession) => ({
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

export function openHandlers(deps: AuthDeps & { readonly tokens: TokenSigner }): OpenHandlers {
  const { accounts, sessions, logIn, signUps, credentials, tokens } = deps;

  return {
    'auth.signUp': async ({ address, agent }, { device = agent, ...from }) => {
      const account = await signUps.signUp({ ...from, address });
      if (account === undefined) return { confirmFirst: true };
      const session = await sessions.open(account, device);
      if (session === undefined) throw new Failure('invalid_credentials');
      return signedIn(tokens, account, session);
    },
    'auth.verifyEmail': ({ address }, from) => signUps.verifyEmail({ ...from, address }),
    'auth.resendVerification': ({ address }, { email }) => signUps.resend({ email, address }),
    'auth.logIn': async ({ address, agent }, { device = agent, ...from }) => {
      const { account, session } = await logIn({ ...from, device, address });
      return signedIn(tokens, account, session);
    },
    'auth.refresh': async (_, { refreshToken }) => {
      const session = await sessions.refresh(refreshToken);
      return signedIn(tokens, await accounts.admit(session.user, session.epoch), session);
    },
    'auth.logOut': async ({ caller }, { refreshToken }) => {
      if (refreshToken !== undefined) return sessions.closeBy(refreshToken);
      if (caller === undefined) throw new Failure('token_required');
      return sessions.close(caller.session);
    },
    'auth.requestReset': ({ address }, { email }) => credentials.requestReset({ email, address }),
    'auth.resetPassword': ({ address }, from) => credentials.resetPassword({ ...from, address }),
    'me.confirmEmail': ({ address }, { token }) => credentials.confirmEmail({ token, address }),
  };
}

type SessionCommand =
  | 'sessions.list'
  | 'sessions.close'
  | 'sessions.closeOthers'
  | 'me.changePassword'
  | 'me.changeEmail';

export const sessionHandlers = ({ sessions, credentials }: AuthDeps): Handlers<SessionCommand> => ({
  'sessions.list': async ({ user, session }) => ({
    items: (await sessions.list(user)).map((one) => showSession(one, session)),
  }),
  'sessions.close': ({ user, session }, { session: which = 'current' }) =>
    which === 'current' ? sessions.close(session) : sessions.closeOne(user, which),
  'sessions.closeOthers': ({ user, session }) => sessions.closeOthers(user, session),
  'me.changePassword': (me, from) => credentials.changePassword(me, from),
  'me.changeEmail': (me, from) => credentials.changeEmail(me, from),
});
