import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import type { Account, AccountStore } from './account-store.ts';
import type { Attempts } from './attempts.ts';
import { emailKey } from './names.ts';
import type { Passwords } from './passwords.ts';

export interface Accounts {
  signUp(from: { email: string; nickname: string; password: string }): Promise<Account>;
  /** Says no more than that the pair does not match: neither whether the address is known. */
  logIn(from: { email: string; password: string }): Promise<Account>;
  get(id: UserId): Promise<Account>;
}

export function createAccounts(deps: {
  store: AccountStore;
  passwords: Passwords;
  attempts: Attempts;
  clock: Clock;
}): Accounts {
  const { store, passwords, attempts, clock } = deps;
  return {
    async signUp({ email, nickname, password }) {
      await attempts.note(emailKey(email));
      const account: Account = {
        id: newId<UserId>(clock.now()),
        email: emailKey(email),
        nickname: nickname.normalize('NFC'),
        role: 'user',
        passwordHash: await passwords.hash(password),
        createdAt: new Date(clock.now()),
      };
      await store.add(account);
      return account;
    },

    async logIn({ email, password }) {
      await attempts.note(emailKey(email));
      const account = await store.withEmail(emailKey(email));
      const matches = await passwords.matches(account?.passwordHash, password);
      if (account === undefined || !matches) throw new Failure('invalid_credentials');
      if (passwords.outdated(account.passwordHash)) {
        await store.setPasswordHash(account.id, await passwords.hash(password));
      }
      return account;
    },

    async get(id) {
      const account = await store.withId(id);
      if (account === undefined) throw new Failure('token_required', { detail: 'The account is gone' });
      return account;
    },
  };
}
