import { Refusal } from '../refusal.ts';
import type { Rest } from '../rest.ts';
import { requireSuccess } from '../rest.ts';
import type { DemoAccount, RunFile } from '../run-file.ts';

interface SignedIn {
  readonly user: { readonly id: string; readonly nickname: string };
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface DemoUser {
  readonly id: string;
  /** For REST: the token of the last log-in or refresh. */
  token(): string;
  /** A token that has its whole life before it. */
  freshToken(): Promise<string>;
}

export function findAccount(accounts: readonly DemoAccount[], name: string | undefined): DemoAccount {
  const names = accounts.map((account) => account.name).join(', ');
  if (name === undefined || name === '') throw new Refusal(`Say who you are: make chat AS=<${names}>`);
  const account = accounts.find((one) => one.name === name.toLowerCase());
  if (account === undefined) throw new Refusal(`There is no demo user "${name}": take one of ${names}`);
  return account;
}

/**
 * Neighbours in the list meet on different edges: two terminals show two edges at work. The others follow, for when one is
 * away.
 */
export function edgesFor({ accounts, edges }: RunFile, account: DemoAccount): readonly string[] {
  if (edges.length === 0) throw new Refusal('The running system has no edge');
  const first = accounts.indexOf(account) % edges.length;
  return [...edges.slice(first), ...edges.slice(0, first)];
}

export async function logIn(rest: Rest, { name, email, password }: DemoAccount): Promise<DemoUser> {
  const answer = await rest.post<SignedIn>('/v1/auth/login', { email, password });
  let current = requireSuccess(`logging in as ${name}`, answer);
  let used = false;
  return {
    id: current.user.id,
    token: () => current.accessToken,
    async freshToken() {
      if (used) {
        const { refreshToken } = current;
        current = requireSuccess('renewing the token', await rest.post<SignedIn>('/v1/auth/refresh', { refreshToken }));
      }
      used = true;
      return current.accessToken;
    },
  };
}
