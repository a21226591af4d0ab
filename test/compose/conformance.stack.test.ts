import { join } from 'node:path';
import t from 'tap';
import { signUp } from '../actors/person.ts';
import { run } from './program.ts';
import { theStack } from './stack.ts';

const stack = theStack();

t.test('the stack keeps the protocol, through its load balancer and over three edges', async (t) => {
  const people = [await signUp(stack.https), await signUp(stack.https), await signUp(stack.https)];
  const suite = join(stack.root, 'conformance/dist/src/main.js');
  const tokens = people.flatMap(({ token }) => ['--token', token]);
  const { code, output } = await run(process.execPath, [suite, '--url', stack.wss, ...tokens], { timeoutMs: 400_000 });
  for (const line of output.split('\n').filter((line) => line.startsWith('✗'))) t.fail(line);
  t.equal(code, 0, String(output.trim().split('\n').at(-1)));
});
