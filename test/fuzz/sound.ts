import { readFileSync } from 'node:fs';
import type { LocalSystem } from '@gapless/shared/local';
import { figureOf } from '../actors/scrape.ts';
import type { Storm } from './storm.ts';

/** What the processes of a system must still be after whatever they were sent. */
export interface Soundness {
  /** Compares with what they were when this was made. */
  judge(storm: Storm): Promise<void>;
}

/** What one process may hold more than when it was warm: rings, caches, histories of some thousand rooms. */
const growthBytes = 300 * 1024 * 1024;

export async function soundnessOf(system: LocalSystem): Promise<Soundness> {
  const programs = [...system.edges, ...system.apis, ...system.workers];
  const before = new Map(programs.map((program) => [program, program.pid()]));
  const start = new Map(await Promise.all(programs.map(async (one) => [one, await used(one.adminUrl)] as const)));
  return {
    async judge(storm) {
      for (const program of programs) {
        const { name } = program;
        if (!program.running() || program.pid() !== before.get(program)) storm.fault(`${name} ended`);
        for (const line of bugsIn(program.logFile)) storm.fault(`${name}: ${line.slice(0, 600)}`);
        const { bytes, cpuSeconds } = await used(program.adminUrl);
        const grown = bytes - (start.get(program)?.bytes ?? 0);
        if (grown > growthBytes) storm.fault(`${name} holds ${Math.round(grown / 2 ** 20)} MiB more`);
        storm.did(`MiB more in ${name}`, Math.round(grown / 2 ** 20));
        storm.did(`CPU s of ${name}`, Math.round(cpuSeconds - (start.get(program)?.cpuSeconds ?? 0)));
      }
    },
  };
}

async function used(adminUrl: string): Promise<{ bytes: number; cpuSeconds: number }> {
  const text = await (await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  return {
    bytes: figureOf(text, 'process_resident_memory_bytes'),
    cpuSeconds: figureOf(text, 'process_cpu_seconds_total'),
  };
}

/** Bugs, and ends of processes; what was foreseen is of a lower level. */
function bugsIn(logFile: string): string[] {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lines.filter((line) => /"level":(50|60)/.test(line) || /unhandled|uncaught/i.test(line));
}
