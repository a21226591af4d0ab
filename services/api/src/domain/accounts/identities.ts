import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, nicknameFault, spellNickname, type UserId } from '@gapless/shared/schema';
import type { Accounts } from './accounts.ts';
import type { ForeignPerson, IdentityStore } from './identity-store.ts';

export interface Identities {
  /**
   * The user behind a person of another issuer, made at first sight. Rejects with `account_disabled`. `epoch`: the account's;
   * whoever remembers the answer asks anew when a later epoch is heard of.
   */
  resolve(person: ForeignPerson & { readonly nickname?: string | undefined }): Promise<{ user: UserId; epoch: number }>;
}

const longest = 25;

export function createIdentities(deps: {
  store: IdentityStore;
  accounts: Pick<Accounts, 'get'>;
  clock: Clock;
}): Identities {
  const { store, accounts, clock } = deps;

  async function make(person: ForeignPerson, wanted: string | undefined): Promise<UserId> {
    const id = newId<UserId>(clock.now());
    for (const nickname of nicknamesFor(id, wanted)) {
      try {
        return await store.add(person, { id, nickname, now: new Date(clock.now()) });
      } catch (error) {
        if (!(error instanceof Failure && error.kind === 'nickname_taken')) throw error;
      }
    }
    throw new Failure('busy', { detail: 'No nickname is free' });
  }

  return {
    async resolve({ issuer, subject, nickname }) {
      const person = { issuer, subject };
      const user = (await store.find(person)) ?? (await make(person, nickname));
      const { disabled, epoch } = await accounts.get(user);
      if (disabled) throw new Failure('account_disabled');
      return { user, epoch };
    },
  };
}

/** What the issuer says where it is fit and free; else with something behind it, or made up. The user may change it. */
function* nicknamesFor(id: UserId, wanted = ''): Generator<string> {
  const nickname = spellNickname(wanted.trim().replaceAll(' ', '_'));
  if (nicknameFault(nickname) === undefined) {
    yield nickname;
    yield `${nickname.slice(0, longest)}-${id.slice(-4)}`;
  }
  yield `user-${id.slice(-12)}`;
}
