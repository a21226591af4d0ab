import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';
import type { AccountChanges } from './account-changes.ts';
import type { Account, AccountStore } from './account-store.ts';
import type { Attempts } from './attempts.ts';
import { type EmailProof, invalidEmailToken } from './email-proof.ts';
import type { EmailTokenStore } from './email-token-store.ts';
import { emailTokenHash } from './email-tokens.ts';
import { emailKey } from './names.ts';
import type { Passwords } from './passwords.ts';
import type { TellRevocation } from './tell-revocation.ts';

interface Me {
  readonly user: UserId;
  readonly session: SessionId;
}

/** Password and address of an account. */
export interface Credentials {
  /** Sends a mail, where the address is an account's. Never says whether it is. */
  requestReset(from: { email: string; address: string }): Promise<void>;
  /** Sets the password, ends all sessions, and proves the address. */
  resetPassword(from: { token: string; password: string; address: string }): Promise<void>;
  /** Ends all sessions but mine. */
  changePassword(me: Me, from: { password: string; newPassword: string }): Promise<void>;
  /** Sends a mail to the new address, which becomes mine when it is proven. Never says whether it is another's. */
  changeEmail(me: Me, from: { password: string; email: string }): Promise<void>;
  confirmEmail(from: { token: string; address: string }): Promise<void>;
}

export interface CredentialsDeps {
  readonly store: Pick<AccountStore, 'withEmail' | 'withId'>;
  readonly tokens: Pick<EmailTokenStore, 'find'>;
  readonly changes: AccountChanges;
  readonly proof: EmailProof;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly tell: TellRevocation;
}

export function createCredentials(deps: CredentialsDeps): Credentials {
  const { store, tokens, changes, proof, passwords, attempts, clock, tell } = deps;
  const now = () => new Date(clock.now());
  const tellAll = async (revocations: readonly Revocation[]) => void (await Promise.all(revocations.map(tell)));

  /** My account, where I know its password. */
  async function known(me: Me, password: string): Promise<Account> {
    await attempts.password(me);
    const account = await store.withId(me.user);
    // Who comes with another issuer's tokens has none here.
    const hash = account?.passwordHash === '' ? undefined : account?.passwordHash;
    const matches = await passwords.matches(hash, password);
    if (account === undefined || !matches) throw new Failure('wrong_password');
    await attempts.knewPassword(me.session);
    return account;
  }

  async function requestReset({ email: given, address }: { email: string; address: string }): Promise<void> {
    const email = emailKey(given);
    await attempts.stranger(address);
    await attempts.mail(email);
    const account = await store.withEmail(email);
    await changes.run((change) =>
      account === undefined
        ? proof.ask(change, { kind: 'reset', email }, 'decoy')
        : proof.ask(change, { kind: 'reset', email, user: account.id }, 'reset'),
    );
  }

  async function setNewPassword(token: string, to: string) {
    return changes.run(async (change) => {
      const { user, email } = await proof.redeem(change, token, ['reset']);
      const account = user && (await change.account(user));
      if (account?.email !== email) throw invalidEmailToken();
      // Nothing of it has happened then: the token still works.
      if (!(await change.setPassword(account.id, { from: account.passwordHash, to })))
        throw new Failure('busy', { detail: 'The password was changed in this moment' });
      await change.setEmail(account.id, email);
      await change.voidTokens(account);
      await proof.tell(change, email, 'password-changed');
      return { email, revocation: await change.endAll(account.id, now()) };
    });
  }

  return {
    requestReset,

    async resetPassword({ token, password, address }) {
      await attempts.stranger(address);
      // A hash is dear: none is made for noise.
      const found = await tokens.find(emailTokenHash(token), ['reset'], now());
      if (found?.user === undefined) throw invalidEmailToken();
      const { email, revocation } = await setNewPassword(token, await passwords.hash(password));
      await tell(revocation);
      // Whoever guessed meanwhile does not keep the owner out.
      await attempts.loggedIn(email, address);
    },

    async changePassword(me, { password, newPassword }) {
      const account = await known(me, password);
      const to = await passwords.hash(newPassword);
      const ended = await changes.run(async (change) => {
        if (!(await change.setPassword(account.id, { from: account.passwordHash, to })))
          throw new Failure('wrong_password', { detail: 'The password was changed meanwhile' });
        await change.voidTokens(account);
        await proof.tell(change, account.email, 'password-changed');
        return change.endOthers(account, me.session, now());
      });
      await tellAll(ended);
    },

    async changeEmail(me, { password, email: given }) {
      const email = emailKey(given);
      const account = await known(me, password);
      await attempts.mail(email);
      const isTaken = (await store.withEmail(email)) !== undefined;
      await changes.run((change) =>
        isTaken
          ? proof.ask(change, { kind: 'change', email }, 'account-exists')
          : proof.ask(change, { kind: 'change', email, user: account.id }, 'change'),
      );
    },

    async confirmEmail({ token, address }) {
      await attempts.stranger(address);
      await changes.run(async (change) => {
        const { user, email } = await proof.redeem(change, token, ['change']);
        const account = user && (await change.account(user));
        if (account === undefined) throw invalidEmailToken();
        try {
          await change.setEmail(account.id, email);
        } catch (error) {
          if (error instanceof Failure && error.kind === 'email_taken') throw invalidEmailToken();
          throw error;
        }
        // What was mailed to the address before opens nothing any more.
        await change.voidTokens(account);
        await proof.tell(change, account.email, 'email-changed');
      });
    },
  };
}
