import { demoAddresses } from '@gapless/shared/schema';
import type { AccountStore } from './account-store.ts';
import type { Accounts } from './accounts.ts';

/** Disables the accounts of which everybody knows the password: edges hear of it, and their sockets close. May be repeated. */
export async function closeDemoAccounts(deps: {
  readonly store: Pick<AccountStore, 'withEmail'>;
  readonly accounts: Pick<Accounts, 'disable'>;
}): Promise<void> {
  for (const address of demoAddresses) {
    const account = await deps.store.withEmail(address);
    if (account !== undefined && !account.disabled) await deps.accounts.disable(account.id);
  }
}
