import { existsSync } from 'node:fs';
import { runProgram, which } from '@gapless/shared/local';

export interface WantedProgram {
  readonly program: string;
  /** Where Debian has it when what is on `PATH` there is a wrapper for its service. */
  readonly place?: string;
  /** Debian's package; left out where there is none. */
  readonly package?: string;
}

export interface DebianProgram extends WantedProgram {
  readonly package: string;
}

/** A server that is not on this machine, nor may be put there; the message says what to do. */
export class NotInstalled extends Error {}

const installMs = 600_000;

/** Path of a peer's server, where it is installed. */
export async function installedProgram(wanted: WantedProgram): Promise<string> {
  const found = await find(wanted);
  if (found !== undefined) return found;
  const remedy =
    wanted.package === undefined ? ', and no package client brings it' : ` (Debian: apt-get install ${wanted.package})`;
  throw new NotInstalled(`no ${wanted.program} on PATH${remedy}`);
}

async function find({ program, place }: WantedProgram): Promise<string | undefined> {
  return place !== undefined && existsSync(place) ? place : which(program);
}

/** Only where the system says that no package starts a service, as Debian's images for containers do, and as root. */
const mayBeInstalled = (): boolean =>
  process.getuid?.() === 0 && ['/usr/bin/apt-get', '/usr/sbin/policy-rc.d'].every((path) => existsSync(path));

/** Debian's packages of what is not there yet, where that is no intrusion; `told` of each before it begins. */
export async function installPrograms(
  wanted: readonly DebianProgram[],
  told: (packageName: string) => void,
): Promise<void> {
  if (!mayBeInstalled()) return;
  for (const one of wanted) {
    if ((await find(one)) !== undefined) continue;
    told(one.package);
    await install(one);
  }
}

async function install({ package: name }: DebianProgram): Promise<void> {
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words];
    const { code, stderr } = await runProgram('/usr/bin/env', apt, installMs);
    if (code !== 0) throw new NotInstalled(`apt-get ${words.join(' ')}: ${stderr.trim().slice(-300)}`);
  }
}
