// Makes a clone ready to run: installs when the lockfile changed, compiles what changed. No dependencies: it runs first.
// `node scripts/prepare.mjs install` stops after the installation.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = `${root}node_modules/.gapless-install`;

try {
  requireNode();
  await install();
  if (process.argv[2] !== 'install') await build();
} catch (error) {
  process.stderr.write(`\n${error.message}\n`);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `Gapless needs Node 20.19 or newer, and this is ${process.versions.node}: install Node 22 from https://nodejs.org.`,
  );
}

/** Packages hold programs built for one version of Node and one machine: the stamp names both beside the lockfile. */
async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  const stamp = `${lock} ${process.versions.modules} ${process.platform}-${process.arch}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await step('installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  // What tap built into the packages of before is gone: it builds it again when it finds no trace.
  rmSync(`${root}.tap`, { recursive: true, force: true });
  writeFileSync(stampFile, stamp);
}

async function build() {
  await step('compiling', process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b']);
}

/** Runs quietly with the time shown; what it said is printed when it fails. */
async function step(title, command, args) {
  const since = Date.now();
  const elapsed = () => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  const erase = process.stdout.isTTY ? '\r\x1b[K' : '';
  const show = () => process.stdout.write(`${erase}  … ${title} (${elapsed()})${erase === '' ? '\n' : ''}`);
  if (erase !== '') show();
  const timer = setInterval(show, erase === '' ? 10_000 : 1_000);
  const { code, output } = await run(command, args);
  clearInterval(timer);
  process.stdout.write(`${erase}  ${code === 0 ? '✓' : '✗'} ${title} (${elapsed()})\n`);
  if (code === 0) return;
  throw new Error(`${output.trim()}\n\n${title} failed (\`${[command, ...args].join(' ')}\` above).${hint(output)}`);
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-64 * 1024);
      });
    }
    child.once('error', (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
    child.once('close', (code) => resolve({ code, output }));
  });
}

function hint(output) {
  if (/ENOSPC/.test(output)) return ' The disk is full: free some 500 MB and start again.';
  if (/ENOTFOUND|ETIMEDOUT|ECONNREFUSED|EAI_AGAIN/.test(output)) {
    return ' The package registry cannot be reached: check the network or `npm config get registry`.';
  }
  if (/EACCES|EPERM/.test(output)) return ' This folder is not writable for you.';
  return '';
}
