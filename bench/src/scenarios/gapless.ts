import type { LocalSystem } from '@gapless/shared/local';
import { startSystem } from '@gapless/shared/testing';
import type { Ends } from '../ends.ts';
import { benchSettings, type Population, populate } from './population.ts';

/** The real system, as processes, with people in it. */
export interface Gapless {
  readonly system: LocalSystem;
  readonly population: Population;
  readonly urls: readonly string[];
  /** Everything that works for it, by what it is counted as. */
  readonly pids: { readonly edges: number[]; readonly nats: number[]; readonly others: number[] };
}

export async function startGapless(ends: Ends, count: { accounts: number; rooms: number }): Promise<Gapless> {
  const system = await startSystem(ends, { settings: benchSettings });
  const population = await populate(system, count);
  const { edges, nats, apis, workers, mongo } = system;
  return {
    system,
    population,
    urls: edges.map(({ url }) => url),
    pids: {
      edges: edges.map((edge) => edge.pid()),
      nats: [nats.pid()],
      others: [...apis, ...workers, mongo].map((one) => one.pid()),
    },
  };
}
