import { join } from 'node:path';
import t from 'tap';
import { signUp } from '../actors/person.ts';
import { run } from './program.ts';
import { openStack, theStack } from './stack.ts';

const stack = theStack();
const wide = 'test/compose/limits.yml';
const isWide = (all: readonly string[], at: number): boolean => all[at] === wide || all[at + 1] === wide;

/** With the limits that operators have: those of the tests are so wide that nobody is refused. */
const asDeployed = openStack({ ...stack, compose: stack.compose.filter((_, at, all) => !isWide(all, at)) });

async function restartEdges(how: typeof stack): Promise<void> {
  await how.composeUp('up', '--no-build', '--no-deps', '--detach', 'edge');
  await how.untilHealthy(['edge']);
}

t.test('the stack keeps the protocol, through its load balancer and over three edges', async (t) => {
  const people = [await signUp(stack.https), await signUp(stack.https), await signUp(stack.https)];
  await restartEdges(asDeployed);
  t.teardown(() => restartEdges(stack));
  const suite = join(stack.root, 'conformance/dist/src/main.js');
  const tokens = people.flatMap(({ token }) => ['--token', token]);
  const { code, output } = await run(process.execPath, [suite, '--url', stack.wss, ...tokens], { timeoutMs: 400_000 });
  for (const [broken] of output.matchAll(/^✗.*\n {4}.*$/gm)) t.fail(broken);
  t.equal(code, 0, String(output.trim().split('\n').at(-1)));
});
