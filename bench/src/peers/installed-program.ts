import { existsSync } from 'node:fs';
import { runProgram, which } from '@gapless/shared/local';

export interface WantedProgram {
  readonly program: string;
  /** Where Debian has it when what is on `PATH` there is a wrapper for its service. */
  readonly place?: string;
  /** Debian's package. */
  readonly package: string;
}

/** A server that is not on this machine, nor may be put there; the message says what to do. */
export class NotInstalled extends Error {}

const installMs = 600_000;

/** Path of a peer's server: what is installed; with `mayInstall`, Debian's package is, where that is no intrusion. */
export async function installedProgram(wanted: WantedProgram, mayInstall: boolean): Promise<string> {
  const found = (await find(wanted)) ?? (mayInstall && mayBeInstalled() ? await install(wanted) : undefined);
  if (found !== undefined) return found;
  throw new NotInstalled(`no ${wanted.program} on PATH (Debian: apt-get install ${wanted.package})`);
}

async function find({ program, place }: WantedProgram): Promise<string | undefined> {
  return place !== undefined && existsSync(place) ? place : which(program);
}

/** Only where the system says that no package starts a service, as Debian's images for containers do, and as root. */
const mayBeInstalled = (): boolean =>
  process.getuid?.() === 0 && ['/usr/bin/apt-get', '/usr/sbin/policy-rc.d'].every((path) => existsSync(path));

async function install(wanted: WantedProgram): Promise<string | undefined> {
  const packages = ['-y', '--no-install-recommends', wanted.package];
  for (const words of [['update'], ['install', ...packages]]) {
    const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words];
    const { code, stderr } = await runProgram('/usr/bin/env', apt, installMs);
    if (code !== 0) throw new NotInstalled(`apt-get ${words.join(' ')}: ${stderr.trim().slice(-300)}`);
  }
  return find(wanted);
}
