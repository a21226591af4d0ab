import { Failure } from '@gapless/shared/errors';
import type { Account, AccountStore } from './account-store.ts';
import type { Attempts } from './attempts.ts';
import { emailKey } from './names.ts';
import type { Passwords } from './passwords.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { EmailVerification } from './sign-up.ts';

export interface LoggedIn {
  readonly account: Account;
  readonly session: OpenSession;
}

/** Says no more than that the pair does not match: neither whether the address is known. */
export type LogIn = (from: {
  readonly email: string;
  readonly password: string;
  readonly address: string;
  readonly device?: string;
}) => Promise<LoggedIn>;

/** The password's hash may be made anew by somebody who logs in at the same time: then it is looked at again. */
const looks = 3;

export function createLogIn(deps: {
  store: Pick<AccountStore, 'withEmail' | 'setPasswordHash'>;
  sessions: Pick<Sessions, 'open'>;
  passwords: Passwords;
  attempts: Attempts;
  verification: EmailVerification;
  /** Whether nobody may use accounts with that address here. */
  isClosed: (email: string) => boolean;
}): LogIn {
  const { store, sessions, passwords, attempts, verification, isClosed } = deps;

  async function check(email: string, password: string): Promise<Account> {
    const account = await store.withEmail(email);
    const matches = await passwords.matches(account?.passwordHash, password);
    if (account === undefined || !matches) throw new Failure('invalid_credentials');
    if (account.disabled) throw new Failure('account_disabled');
    if (verification === 'required' && !account.emailVerified) throw new Failure('email_unverified');
    if (!passwords.outdated(account.passwordHash)) return account;
    const passwordHash = await passwords.hash(password);
    await store.setPasswordHash(account.id, { from: account.passwordHash, to: passwordHash });
    return { ...account, passwordHash };
  }

  return async ({ email: given, password, address, device }) => {
    const email = emailKey(given);
    await attempts.logIn(email, address);
    if (isClosed(email)) throw new Failure('account_disabled', { detail: 'Demo accounts are closed in production' });
    for (let look = 0; look < looks; look++) {
      const account = await check(email, password);
      const session = await sessions.open(account, device);
      if (session === undefined) continue;
      await attempts.loggedIn(email, address);
      return { account, session };
    }
    throw new Failure('invalid_credentials');
  };
}
