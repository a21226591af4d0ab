import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { AccountRole, UserId } from '@gapless/shared/schema';
import type { Account, AccountStore } from './account-store.ts';
import type { TellRevocation } from './tell-revocation.ts';

export interface Accounts {
  get(id: UserId): Promise<Account>;
  /** The account behind a session or token of that epoch; rejects for one that is gone, disabled or was disabled since. */
  admit(id: UserId, epoch: number): Promise<Account>;
  /** Ends every session of the user, for good, and lets him log in no more. For admins; may be repeated. */
  disable(admin: UserId, id: UserId): Promise<void>;
  /** He may log in again. For admins; may be repeated. */
  enable(admin: UserId, id: UserId): Promise<void>;
}

export function createAccounts(deps: { store: AccountStore; clock: Clock; tell: TellRevocation }): Accounts {
  const { store, clock, tell } = deps;

  async function get(id: UserId): Promise<Account> {
    const account = await store.withId(id);
    if (account === undefined) throw new Failure('token_required', { detail: 'The account is gone' });
    return account;
  }

  async function need(id: UserId, role: AccountRole): Promise<void> {
    const account = await get(id);
    if (account.disabled || account.role !== role)
      throw new Failure('forbidden', { detail: 'Only admins may do this' });
  }

  return {
    get,

    async admit(id, epoch) {
      const account = await get(id);
      if (account.disabled) throw new Failure('account_disabled');
      if (account.epoch !== epoch) throw new Failure('token_required');
      return account;
    },

    async disable(admin, id) {
      await need(admin, 'admin');
      if (admin === id) throw new Failure('forbidden', { detail: 'Nobody disables himself' });
      const revocation = await store.disable(id, new Date(clock.now()));
      if (revocation === undefined) throw new Failure('not_found');
      await tell(revocation);
    },

    async enable(admin, id) {
      await need(admin, 'admin');
      if (!(await store.enable(id))) throw new Failure('not_found');
    },
  };
}
