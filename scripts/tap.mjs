/** Runs compiled tests by tap and counts assertions. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './step.mjs';

const tap = 'node_modules/.bin/tap';

const needsContainers = (path) => /\.stack\.test\.js$/.test(path);

/**
 * `*.test.ts` needs nothing but Node; `*.real.test.ts` starts engines and sockets; `*.e2e.test.ts` whole systems;
 * `*.stack.test.ts` shoots at the containers that `make test-compose` brought up.
 */
const kinds = {
  unit: (path) => !/\.(real|e2e|stack)\.test\.js$/.test(path),
  all: (path) => !needsContainers(path),
  stack: needsContainers,
};

export async function runTests(kind, options = []) {
  await buildTap();
  const files = ['shared', 'services', 'bench', 'conformance', 'test']
    .flatMap((root) => testFiles(root))
    .filter(kinds[kind])
    .sort(longestFirst);
  return new Promise((resolve) => {
    const child = spawn(tap, ['run', '--reporter=tap', ...options, ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const counts = { passed: 0, failed: 0 };
    let block = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const total = /^# \{ total: \d+, pass: (\d+)(?:, fail: (\d+))?/.exec(line);
      if (total !== null) {
        counts.passed = Number(total[1]);
        counts.failed = Number(total[2] ?? 0);
      }
      if (/^(not )?ok \d+/.test(line)) {
        if (line.startsWith('not ok')) console.log(block.join('\n'));
        console.log(line.replace(/\{$/, '').replace(/dist\//, ''));
        block = [];
      } else block.push(line);
    });
    child.on('close', (code) => {
      if (code !== 0 && counts.failed === 0) {
        console.log(block.join('\n'));
        counts.failed = 1;
      }
      resolve(counts);
    });
  });
}

/** Whole systems take longest: begun first, they leave no long tail on the second core. */
const longestFirst = (a, b) => rank(b) - rank(a) || a.localeCompare(b);
const rank = (path) => (path.includes('.e2e.') ? 2 : path.includes('.real.') ? 1 : 0);

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isLeftOut(entry.name) ? [] : testFiles(path);
    return entry.name.endsWith('.test.ts') ? [compiled(path)] : [];
  });
}

const isLeftOut = (folder) => ['node_modules', 'src', 'dist'].includes(folder);

/** By its source: what a test was compiled to outlives it. */
function compiled(source) {
  const [, root, path] = /^(.*?)\/(test\/.*)\.ts$/.exec(source) ?? /^(test)\/(.*)\.ts$/.exec(source);
  return `${root}/dist/${path}.js`;
}

/** tap compiles its own plugin list once; without that it would look for its TypeScript plugin. */
async function buildTap() {
  if (existsSync('.tap/plugins')) return;
  const { code, output } = await run(tap, ['build']);
  if (code !== 0) throw new Error(output);
}
