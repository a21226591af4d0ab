import { type Round, ratioOf, remarksOf } from '../rounds.ts';
import type { Sample } from '../row.ts';
import type { Cost } from './compare.ts';

export interface CostSides {
  readonly key: string;
  readonly ours: string;
  readonly reference: string;
  /** In a round that counts. */
  readonly mostForeignCores: number;
}

/** Only rounds that nobody disturbed count; what ours lost in any of them is lost. */
export function costOf(
  all: readonly Round[],
  { key, ours, reference, mostForeignCores }: CostSides,
): { cost: Cost; remarks: string[] } {
  const sides = { ours, reference, by: ({ cpuUs }: Sample) => cpuUs };
  const calm = all.filter((round) => Object.values(round).every((sample) => isUndisturbed(sample, mostForeignCores)));
  const measured = ratioOf(calm, sides);
  const { isFaulty } = ratioOf(all, sides);
  const count = `${measured.counted} of ${all.length} rounds count; ${all.length - calm.length} were disturbed`;
  return {
    cost: { key, ...measured, isFaulty },
    remarks: [...remarksOf(all), count].map((remark) => `${key}: ${remark}`),
  };
}

/**
 * Others' work drives ours out of the caches, and several processes more than one: a ratio rises with it. Who watches may even get no
 * time while a round lasts, and then sees none spent in it.
 */
const isUndisturbed = ({ cpuUs, foreignCores }: Sample, mostForeignCores: number): boolean =>
  cpuUs > 0 && Number.isFinite(cpuUs) && foreignCores <= mostForeignCores;
