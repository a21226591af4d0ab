import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const document = readFileSync(`${root}docs/guarantees.md`, 'utf8');
const testsIn = (text: string): string[] =>
  [...text.matchAll(/`([a-z/-]+[.]?[a-z0-9.-]*\.test\.ts)`/g)].map(([, path]) => path as string);

t.test('every promise names a test, and every test that is named is there', async (t) => {
  const promises = document.split('\n').filter((line) => /^\| [1-6] \|/.test(line));
  t.equal(promises.length, 6);
  for (const promise of promises) t.ok(testsIn(promise).length > 0, promise.slice(0, 60));
  t.same(
    testsIn(document).filter((path) => !existsSync(`${root}${path}`)),
    [],
  );
});
