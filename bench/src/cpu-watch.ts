import { cpuMsOfAll, machineBusyMs } from './cpu.ts';

export interface CpuSpent<G extends string> {
  readonly ms: Readonly<Record<G, number>>;
  /** What the machine did besides: noise in every figure. */
  readonly foreignMs: number;
  readonly seconds: number;
}

/** CPU time of groups of processes between `begun` and `ended`. */
export function createCpuWatch<G extends string>(groups: Readonly<Record<G, readonly number[]>>) {
  const names = Object.keys(groups) as G[];
  const read = () => ({
    at: performance.now(),
    machine: machineBusyMs(),
    groups: names.map((name) => cpuMsOfAll(groups[name])),
  });
  let before = read();
  let after = before;
  return {
    begun: () => {
      before = read();
    },
    ended: () => {
      after = read();
    },
    spent: (): CpuSpent<G> => {
      const spent = after.groups.map((ms, n) => ms - (before.groups[n] ?? 0));
      const known = spent.reduce((total, ms) => total + ms, 0);
      return {
        ms: Object.fromEntries(names.map((name, n) => [name, spent[n]])) as Record<G, number>,
        foreignMs: Math.max(0, after.machine - before.machine - known),
        seconds: (after.at - before.at) / 1e3,
      };
    },
  };
}
