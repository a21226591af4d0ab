import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import type { AccountChange, AccountChanges } from './account-changes.ts';
import type { Account, AccountStore } from './account-store.ts';
import type { Attempts } from './attempts.ts';
import { type EmailProof, invalidEmailToken } from './email-proof.ts';
import type { EmailTokenStore } from './email-token-store.ts';
import type { EmailToken } from './email-tokens.ts';
import { emailKey, readNickname } from './names.ts';
import type { Passwords } from './passwords.ts';

/** `required`: an account comes about when its address is proven, and nobody learns which addresses have one. */
export type EmailVerification = 'required' | 'optional';

export interface SignUp {
  /** The account; `undefined` where the address is to be proven first, whether it has an account or not. */
  signUp(from: { email: string; nickname: string; password: string; address: string }): Promise<Account | undefined>;
  /** Proves the address. `nickname` takes the place of one that somebody else has got meanwhile. */
  verifyEmail(from: { token: string; nickname?: string; address: string }): Promise<void>;
  /** Sends another mail, where there is anything to prove. Never says whether there is. */
  resend(from: { email: string; address: string }): Promise<void>;
}

export interface SignUpDeps {
  readonly store: Pick<AccountStore, 'withEmail' | 'hasNickname'>;
  readonly tokens: EmailTokenStore;
  readonly changes: AccountChanges;
  readonly proof: EmailProof;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly verification: EmailVerification;
  /** Whether nobody may use accounts with that address here. */
  readonly isClosed: (email: string) => boolean;
}

export function createSignUp(deps: SignUpDeps): SignUp {
  const { store, tokens, changes, proof, passwords, attempts, clock, verification, isClosed } = deps;

  const newAccount = (from: Pick<Account, 'email' | 'nickname' | 'passwordHash' | 'emailVerified'>): Account => ({
    ...from,
    id: newId<UserId>(clock.now()),
    role: 'user',
    createdAt: new Date(clock.now()),
    epoch: 0,
    disabled: false,
  });

  async function addNow(from: Pick<Account, 'email' | 'nickname' | 'passwordHash'>): Promise<Account> {
    const account = newAccount({ ...from, emailVerified: false });
    await changes.run(async (change) => {
      await change.add(account);
      await proof.ask(change, { kind: 'verify', email: account.email, user: account.id }, 'verify');
    });
    return account;
  }

  async function addWhenProven(email: string, signUp: NonNullable<EmailToken['signUp']>): Promise<void> {
    if (await store.hasNickname(signUp.nickname)) throw new Failure('nickname_taken');
    const known = (await store.withEmail(email)) !== undefined;
    const token = { kind: 'sign-up', email, signUp } as const;
    await changes.run((change) => proof.ask(change, token, known ? 'account-exists' : 'sign-up'));
  }

  async function complete(change: AccountChange, { email, signUp }: EmailToken, nickname?: string): Promise<void> {
    if (signUp === undefined) throw invalidEmailToken();
    const { passwordHash } = signUp;
    const account = newAccount({ email, passwordHash, nickname: nickname ?? signUp.nickname, emailVerified: true });
    try {
      await change.add(account);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'email_taken') throw invalidEmailToken();
      throw error;
    }
    await change.voidTokens(account);
  }

  async function confirm(change: AccountChange, { email, user }: EmailToken): Promise<void> {
    const account = user && (await change.account(user));
    if (account?.email !== email) throw invalidEmailToken();
    await change.setEmail(account.id, email);
  }

  return {
    async signUp({ email: given, nickname: chosen, password, address }) {
      const [email, nickname] = [emailKey(given), readNickname(chosen)];
      await attempts.stranger(address);
      if (isClosed(email)) throw new Failure('invalid_request', { detail: 'Demo accounts are closed in production' });
      await attempts.mail(email);
      const passwordHash = await passwords.hash(password);
      if (verification === 'optional') return addNow({ email, nickname, passwordHash });
      await addWhenProven(email, { nickname, passwordHash });
      return undefined;
    },

    async verifyEmail({ token, nickname: chosen, address }) {
      const nickname = chosen === undefined ? undefined : readNickname(chosen);
      await attempts.stranger(address);
      await changes.run(async (change) => {
        const proven = await proof.redeem(change, token, ['sign-up', 'verify']);
        await (proven.kind === 'verify' ? confirm(change, proven) : complete(change, proven, nickname));
      });
    },

    async resend({ email: given, address }) {
      const email = emailKey(given);
      await attempts.stranger(address);
      await attempts.mail(email);
      const account = await store.withEmail(email);
      const waiting = await tokens.waitingSignUp(email, new Date(clock.now()));
      await changes.run((change) => {
        if (account?.emailVerified === false)
          return proof.ask(change, { kind: 'verify', email, user: account.id }, 'verify');
        const signUp = account === undefined ? waiting?.signUp : undefined;
        if (signUp === undefined) return proof.ask(change, { kind: 'verify', email }, 'decoy');
        return proof.ask(change, { kind: 'sign-up', email, signUp }, 'sign-up');
      });
    },
  };
}
