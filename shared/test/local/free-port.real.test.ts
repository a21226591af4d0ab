import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { freePorts, isPortFree } from '../../src/local/index.ts';

const door = fileURLToPath(new URL('../../src/local/index.js', import.meta.url));
/** Another process that asks for ports while this one has not used its own yet. */
const elsewhere = async (count: number): Promise<number[]> => {
  const script = `import { freePorts } from ${JSON.stringify(door)}; console.log(JSON.stringify(await freePorts(${count})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout);
};

t.test('ports are free and distinct, also those that were asked for at once', async (t) => {
  const all = (await Promise.all(Array.from({ length: 5 }, () => freePorts(10)))).flat();
  t.equal(new Set(all).size, 50);
  for (const port of all) t.ok(await isPortFree(port));
});

t.test('two processes never give the same port, though nobody listens on it yet', async (t) => {
  const mine = await freePorts(50);
  const theirs = (await Promise.all([elsewhere(50), elsewhere(50)])).flat();
  t.equal(new Set([...mine, ...theirs]).size, 150);
});
