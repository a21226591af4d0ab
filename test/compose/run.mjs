#!/usr/bin/env node
/**
 * `make test-compose`: the whole stack of docker-compose.yml, on this machine, from the project's own Dockerfile: brings it
 * up, runs `*.stack.test.ts` against its published port, and leaves nothing running. `--if-possible`: a machine on which
 * Docker cannot be had is told why, and counts as no test.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@gapless/shared/local';
import { runTests } from '../../scripts/tap.mjs';
import { baseImages } from '../dist/compose/base-images.js';
import { findCompose, findDocker, NoDocker } from '../dist/compose/docker.js';
import { must } from '../dist/compose/program.js';
import { allServices, openStack } from '../dist/compose/stack.js';

const root = join(import.meta.dirname, '../..');
const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gapless');
const serviceImage = 'gapless:test';
const project = 'gapless-test';
const aioquic = '1.2.0';
const say = (text) => process.stdout.write(`${text}\n`);

async function step(title, work) {
  const since = Date.now();
  try {
    const result = await work();
    say(`ok   ${title} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    say(`FAIL ${title} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    throw error;
  }
}

/** Node's HTTP client speaks no HTTP/3; Python's aioquic does. */
async function http3Client() {
  const dir = join(cacheDir, `aioquic-${aioquic}`);
  const python = join(dir, 'bin/python');
  const ready = await must(python, ['-c', 'import aioquic']).catch(() => undefined);
  if (ready !== undefined) return python;
  await must('python3', ['-m', 'venv', '--clear', dir]);
  await must(python, ['-m', 'pip', 'install', '--quiet', `aioquic==${aioquic}`], { timeoutMs: 300_000 });
  return python;
}

async function buildImage(env, images) {
  const args = ['build', '--quiet', '--build-arg', `NODE_IMAGE=${images.NODE_IMAGE}`, '--tag', serviceImage, '.'];
  await must('docker', args, { cwd: root, timeoutMs: 600_000, env: { ...process.env, DOCKER_BUILDKIT: '0', ...env } });
  // Layers of the build before this one.
  await must('docker', ['image', 'prune', '--force'], { env: { ...process.env, ...env } });
}

async function plan(scratch, docker) {
  const compose = await step('Docker Compose', () => findCompose(cacheDir));
  const images = await step('base images', () => baseImages(docker.env));
  await step('the image of the services', () => buildImage(docker.env, images));
  const python = await step('a client that speaks HTTP/3', http3Client);
  const secrets = join(scratch, 'secrets');
  await must('sh', [join(root, 'deploy/make-secrets.sh'), secrets]);
  const port = await freePort();
  return {
    compose: [...compose, '--project-name', project, '-f', 'docker-compose.yml', '-f', 'test/compose/limits.yml'],
    env: {
      ...docker.env,
      ...images,
      SERVICE_IMAGE: serviceImage,
      SECRETS: secrets,
      PROXY_PORT: String(port),
      FRONT_SUBNET: '172.31.241.0/24',
      MONGO_CACHE_GB: '0.25',
    },
    port,
    authorityFile: join(scratch, 'authority.crt'),
    images,
    serviceImage,
    secrets,
    project,
    root,
    python,
  };
}

async function testStack(scratch, docker) {
  const made = await plan(scratch, docker);
  const stack = openStack(made);
  try {
    await step('docker compose up', () => stack.composeUp('up', '--no-build', '--detach'));
    await step('every service is ready', () => stack.untilHealthy(allServices));
    const authority = await stack.exec('proxy', ['cat', '/data/caddy/pki/authorities/local/root.crt']);
    writeFileSync(made.authorityFile, authority);
    writeFileSync(join(scratch, 'stack.json'), JSON.stringify(made));
    process.env.STACK_FILE = join(scratch, 'stack.json');
    process.env.NODE_EXTRA_CA_CERTS = made.authorityFile;
    const counts = await runTests('stack', { jobs: 1, seconds: 420 });
    if (counts.failed > 0) await showLogs(stack);
    return counts;
  } catch (error) {
    await showLogs(stack);
    throw error;
  } finally {
    await step('docker compose down', () => down(stack));
  }
}

/** Endpoints of containers that died a moment ago may hold a network for some seconds. */
async function down(stack, tries = 3) {
  try {
    await stack.composeUp('down', '--volumes', '--remove-orphans', '--timeout', '3');
  } catch (error) {
    if (tries === 0) throw error;
    await sleep(2_000);
    await down(stack, tries - 1);
  }
}

/** What the services themselves said last, without the engines' chatter. */
async function showLogs(stack) {
  const said = await stack.composeUp('logs', '--tail', '12', 'edge', 'api', 'log-worker', 'proxy', 'mongo-init');
  say(said.replaceAll(/^(.{400}).*$/gm, '$1…'));
}

const started = Date.now();
mkdirSync(cacheDir, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'gapless-stack-'));
let docker;
let counts = { passed: 0, failed: 1 };
// A child that runs gets the signal as well and ends: what follows then takes everything down.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => say(`${signal}: taking everything down`));
try {
  docker = await step('Docker', () => findDocker(cacheDir));
  counts = await testStack(scratch, docker);
} catch (error) {
  say(error.message);
  if (error instanceof NoDocker) {
    say('The stack cannot be run on this machine.');
    counts = { passed: 0, failed: process.argv.includes('--if-possible') ? 0 : 1 };
  }
} finally {
  await step('the end of what was started', async () => docker?.close());
  rmSync(scratch, { recursive: true, force: true });
}
say(`took ${Math.round((Date.now() - started) / 1000)} s`);
say(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
