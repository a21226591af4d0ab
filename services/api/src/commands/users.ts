import type { Accounts } from '../domain/accounts.ts';
import type { Handlers } from './handler.ts';

export interface UserDeps {
  readonly accounts: Accounts;
}

export const userHandlers = ({ accounts }: UserDeps): Handlers<'users.disable' | 'users.enable'> => ({
  'users.disable': ({ user: by }, { user }) => accounts.disable(by, user),
  'users.enable': ({ user: by }, { user }) => accounts.enable(by, user),
});
