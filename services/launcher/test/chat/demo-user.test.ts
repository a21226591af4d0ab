import t from 'tap';
import { edgesFor, findAccount, logIn } from '../../src/chat/demo-user.ts';
import type { Rest } from '../../src/rest.ts';
import type { DemoAccount, RunFile } from '../../src/run-file.ts';

const accounts: DemoAccount[] = ['alice', 'bob', 'carol'].map((name) => ({
  name,
  email: `${name}@x.y`,
  password: 'p',
}));
const alice = accounts[0] as DemoAccount;
const bob = accounts[1] as DemoAccount;

t.test('an account is found by its name, however it is written', async (t) => {
  t.equal(findAccount(accounts, 'Bob'), bob);
});

t.test('who is nobody is told who there is', async (t) => {
  t.throws(() => findAccount(accounts, undefined), {
    name: 'Refusal',
    message: 'Say who you are: make chat AS=<alice, bob, carol>',
  });
  t.throws(() => findAccount(accounts, 'mallory'), {
    name: 'Refusal',
    message: /no demo user "mallory": take one of alice, bob, carol/,
  });
});

t.test('two users meet on two edges, the others follow, and one edge serves all', async (t) => {
  const running = { accounts, edges: ['ws://one', 'ws://two'] } as unknown as RunFile;
  t.same(edgesFor(running, alice), ['ws://one', 'ws://two']);
  t.same(edgesFor(running, bob), ['ws://two', 'ws://one']);
  t.same(edgesFor({ ...running, edges: ['ws://one'] }, bob), ['ws://one']);
  t.throws(() => edgesFor({ ...running, edges: [] }, bob), { name: 'Refusal' });
});

t.test('the token of the log-in serves first, then each is renewed', async (t) => {
  const asked: [string, unknown][] = [];
  const rest = {
    post: async (path: string, body: unknown) => {
      asked.push([path, body]);
      const n = asked.length;
      return { status: 200, body: { user: { id: 'u1' }, accessToken: `a${n}`, refreshToken: `r${n}` } };
    },
  } as unknown as Rest;
  const user = await logIn(rest, alice);
  t.equal(user.id, 'u1');
  t.same([await user.freshToken(), await user.freshToken(), await user.freshToken()], ['a1', 'a2', 'a3']);
  t.equal(user.token(), 'a3');
  t.same(asked.slice(1), [
    ['/v1/auth/refresh', { refreshToken: 'r1' }],
    ['/v1/auth/refresh', { refreshToken: 'r2' }],
  ]);
});
