import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { version } from '../../src/runtime/index.ts';

t.test('the version is that of the package', async (t) => {
  const file = fileURLToPath(new URL('../../../package.json', import.meta.url));
  t.equal(JSON.parse(readFileSync(file, 'utf8')).version, version);
});
