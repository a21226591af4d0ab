import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '@gapless/shared/config';
import { type FoundEngines, findEngines } from '@gapless/shared/local';
import { NoDocker } from './docker.ts';
import { isThere, must, run } from './program.ts';

/** The variables of docker-compose.yml that name base images. */
export type BaseImages = Readonly<Record<(typeof variables)[number], string>>;

const variables = ['NODE_IMAGE', 'NATS_IMAGE', 'MONGO_IMAGE', 'PROXY_IMAGE'] as const;
const packages = ['ca-certificates', 'busybox', 'caddy', 'libcurl4', 'libssl3', 'liblzma5'];
const release = 'bookworm';
const authorities = '/etc/ssl/certs/ca-certificates.crt';

/**
 * The images that the environment names; else one local image in place of all four, for machines that reach no image
 * registry: a small Debian with this machine's Node, the engines of `make run`, and Debian's Caddy.
 */
export async function baseImages(env: Readonly<Record<string, string>>): Promise<BaseImages> {
  const named = variables.map((variable) => process.env[variable] ?? '');
  if (named.every((image) => image !== '')) return imagesFor((n) => named[n] as string);
  const found = await findEngines(loadConfig('launcher', {}));
  const recipe = [process.version, found.natsServer.version, found.mongod.version, release, ...packages].join(' ');
  const tag = `gapless-stand-in:${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
  const docker = { env: { ...process.env, ...env } };
  if ((await run('docker', ['image', 'inspect', tag], docker)).code !== 0) await build(tag, found, docker);
  return imagesFor(() => tag);
}

const imagesFor = (image: (n: number) => string): BaseImages =>
  Object.fromEntries(variables.map((variable, n) => [variable, image(n)])) as BaseImages;

async function build(tag: string, found: FoundEngines, docker: { env: Record<string, string | undefined> }) {
  await needDebootstrap();
  const root = mkdtempSync(join(tmpdir(), 'gapless-image-'));
  try {
    const options = ['--variant=minbase', `--include=${packages.join(',')}`, release, root];
    await must('debootstrap', options, { timeoutMs: 600_000 });
    await furnish(root, found);
    // Whoever needs an authority of its own to reach the package registry needs it in there as well.
    const changes = [`ENV NODE_EXTRA_CA_CERTS=${authorities}`, 'ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'];
    const set = changes.flatMap((change) => ['-c', `'${change}'`]).join(' ');
    await must('sh', ['-c', `tar -C '${root}' -c . | docker import ${set} - ${tag}`], {
      ...docker,
      timeoutMs: 300_000,
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const { code, output } = await run('docker', ['run', '--rm', tag, 'node', '--version'], docker);
  if (code !== 0) throw new NoDocker(`this machine's Node does not run in a container: ${output.slice(-300)}`);
}

async function furnish(root: string, found: FoundEngines): Promise<void> {
  const npm = join((await must('npm', ['root', '--global'])).trim(), 'npm');
  const inRoot = (path: string) => join(root, path);
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(inRoot(to)), { recursive: true });
    cpSync(from, inRoot(to), { recursive: true, dereference: true });
  };
  copy(process.execPath, 'usr/local/bin/node');
  copy(found.natsServer.path, 'usr/local/bin/nats-server');
  copy(found.mongod.path, 'usr/local/bin/mongod');
  copy(npm, 'usr/local/lib/node_modules/npm');
  copy(authorities, authorities);
  for (const program of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, inRoot(`usr/local/bin/${program}`));
  }
  symlinkSync('/bin/busybox', inRoot('usr/local/bin/wget'));
  mkdirSync(inRoot('data/db'), { recursive: true });
  rmSync(inRoot('var/cache/apt/archives'), { recursive: true, force: true });
}

async function needDebootstrap(): Promise<void> {
  if (await isThere('debootstrap', '--version')) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  const { code } = await run('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], { env });
  if (code !== 0) throw new NoDocker('base images are made by debootstrap, which cannot be installed here');
}
