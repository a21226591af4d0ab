import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { Account, AccountStore } from './account-store.ts';
import type { TellRevocation } from './tell-revocation.ts';

export interface Accounts {
  get(id: UserId): Promise<Account>;
  /** As `get`, of somebody who is named by somebody else. */
  find(id: UserId): Promise<Account>;
  /** The account behind a session or token of that epoch; rejects for one that is gone, disabled or was disabled since. */
  admit(id: UserId, epoch: number): Promise<Account>;
  /** Rejects for who is no admin now, whatever he was when his token was made. */
  admitAdmin(id: UserId): Promise<void>;
  /** Ends every session of the user, for good, and lets him log in no more. May be repeated. */
  disable(id: UserId): Promise<void>;
  /** He may log in again. May be repeated. */
  enable(id: UserId): Promise<void>;
}

export function createAccounts(deps: {
  store: AccountStore;
  clock: Clock;
  tell: TellRevocation;
  /** Whether nobody may use accounts with that address here. */
  isClosed: (email: string) => boolean;
}): Accounts {
  const { store, clock, tell, isClosed } = deps;

  /** Whoever looks at `disabled` learns of closed ones as well. */
  async function withId(id: UserId): Promise<Account | undefined> {
    const account = await store.withId(id);
    return account !== undefined && isClosed(account.email) ? { ...account, disabled: true } : account;
  }

  async function get(id: UserId): Promise<Account> {
    const account = await withId(id);
    if (account === undefined) throw new Failure('token_required', { detail: 'The account is gone' });
    return account;
  }

  return {
    get,

    async find(id) {
      const account = await withId(id);
      if (account === undefined) throw new Failure('not_found', { detail: 'No such user' });
      return account;
    },

    async admit(id, epoch) {
      const account = await get(id);
      if (account.disabled) throw new Failure('account_disabled');
      if (account.epoch !== epoch) throw new Failure('token_required');
      return account;
    },

    async admitAdmin(id) {
      const { disabled, role } = await get(id);
      if (disabled || role !== 'admin') throw new Failure('forbidden', { detail: 'Only admins may do this' });
    },

    async disable(id) {
      const revocation = await store.disable(id, new Date(clock.now()));
      if (revocation === undefined) throw new Failure('not_found');
      await tell(revocation);
    },

    async enable(id) {
      if (!(await store.enable(id))) throw new Failure('not_found');
    },
  };
}
