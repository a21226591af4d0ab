import { Failure } from '@gapless/shared/errors';
import type { Accounts } from '../domain/accounts.ts';
import type { Handlers } from './handler.ts';

export interface AdminUserDeps {
  readonly accounts: Accounts;
}

export const adminUserHandlers = ({ accounts }: AdminUserDeps): Handlers<'users.disable' | 'users.enable'> => ({
  'users.disable': async ({ user: by }, { user }) => {
    if (by === user) throw new Failure('forbidden', { detail: 'Nobody disables himself' });
    await accounts.disable(user);
  },
  'users.enable': (_, { user }) => accounts.enable(user),
});
