/** Which tests there are: found by their sources, named by what they are compiled to. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const needsContainers = (path) => /\.stack\.test\.js$/.test(path);
const needsBrowser = (path) => /\.browser\.test\.js$/.test(path);

/**
 * `*.test.ts` needs nothing but Node; `*.real.test.ts` starts engines and sockets; `*.e2e.test.ts` whole systems;
 * `*.stack.test.ts` shoots at the containers that `make test-compose` brought up, `*.browser.test.ts` drives a Chromium.
 */
const kinds = {
  unit: (path) => !/\.(real|e2e|stack|browser)\.test\.js$/.test(path),
  all: (path) => !needsContainers(path) && !needsBrowser(path),
  stack: needsContainers,
  browser: needsBrowser,
};

/** Whole systems take longest: begun first, they leave no long tail. */
export const testFilesOf = (kind) =>
  ['shared', 'services', 'bench', 'conformance', 'test']
    .flatMap((root) => testFiles(root))
    .filter(kinds[kind])
    .sort((a, b) => rank(b) - rank(a) || a.localeCompare(b));

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
