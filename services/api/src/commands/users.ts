import type { Accounts } from '../domain/accounts.ts';
import type { Handlers } from './handler.ts';
import { showUser } from './show.ts';

export interface UserDeps {
  readonly accounts: Accounts;
}

export const userHandlers = ({ accounts }: UserDeps): Handlers<'me.get' | 'users.disable' | 'users.enable'> => ({
  'me.get': async ({ user }) => showUser(await accounts.get(user)),
  'users.disable': ({ user: by }, { user }) => accounts.disable(by, user),
  'users.enable': ({ user: by }, { user }) => accounts.enable(by, user),
});
