#!/usr/bin/env node
/**
 * `make test-browser`: `*.browser.test.ts` in a real Chromium. Looks for one, installs Debian's where it may, and says what to do
 * elsewhere. `--if-possible`: a machine on which there can be none is told why, and counts as no test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runTests } from '../../scripts/tap.mjs';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const say = (text) => process.stdout.write(`${text}\n`);
const find = () => places.find((path) => path !== undefined && existsSync(path));

function install() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const { status, stderr } = spawnSync('apt-get', words, { env, encoding: 'utf8', timeout: 600_000 });
    if (status !== 0) return say(`apt-get ${words[0]}: ${stderr?.slice(-500)}`);
  }
}

const started = Date.now();
if (find() === undefined) install();
const chromium = find();
let counts;
if (chromium === undefined) {
  say(
    'No Chromium here: install one (Debian: apt-get install chromium), or name yours: CHROMIUM=/path make test-browser',
  );
  counts = { passed: 0, failed: process.argv.includes('--if-possible') ? 0 : 1 };
} else {
  say(`ok   ${chromium}`);
  process.env.CHROMIUM = chromium;
  counts = await runTests('browser', { jobs: 1 });
}
say(`took ${Math.round((Date.now() - started) / 1000)} s`);
say(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
