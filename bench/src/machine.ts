import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { FoundEngines } from '@gapless/shared/local';

/** Where and of what figures were taken. */
export interface Circumstances {
  readonly at: string;
  readonly machine: string;
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
}

export function circumstances(engines: FoundEngines): Circumstances {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, Linux ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      'nats-server': engines.natsServer.version,
      mongod: engines.mongod.version,
      'uWebSockets.js': 'uws-pack 20.0.8',
    },
    commit: commit(),
  };
}

/** What was measured, as git names it. */
export function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=10', 'HEAD')}${changed ? ', with changes' : ''}`;
  } catch {
    return 'not a clone';
  }
}
