import { newId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createCredentials } from '../../src/domain/accounts/credentials.ts';
import { refusal } from '../support/refusal.ts';

t.test('where the password was not set nothing ends, no token is used up and nobody is told', async (t) => {
  const [user, email] = [newId<UserId>(), 'ada@example.org'];
  const done: string[] = [];
  const noting = (what: string) => async () => void done.push(what);
  const change = {
    account: async () => ({ id: user, email, passwordHash: 'from' }),
    setPassword: async () => false,
    setEmail: noting('address set'),
    voidTokens: noting('tokens void'),
    endAll: noting('sessions ended'),
  };
  const credentials = createCredentials({
    tokens: { find: async () => ({ user, email }) },
    changes: {
      // As a transaction does: what it has done stands where it resolves.
      run: async (work: (within: typeof change) => Promise<unknown>) => {
        const result = await work(change);
        done.push('committed');
        return result;
      },
    },
    proof: { redeem: async () => ({ user, email }), tell: noting('mailed') },
    passwords: { hash: async () => 'to' },
    attempts: { stranger: async () => undefined, loggedIn: noting('tries forgotten') },
    clock: { now: () => 0 },
    tell: noting('edges told'),
  } as never);
  const asked = { token: 'a token', password: 'a long password', address: '192.0.2.7' };
  await t.rejects(credentials.resetPassword(asked), refusal('busy'));
  t.same(done, []);
});
