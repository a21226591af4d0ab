import type { Config } from '@gapless/shared/config';
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

export interface GaplessShape {
  readonly accounts: number;
  readonly rooms: number;
  readonly edgeCount?: number;
  /** Servers of the NATS cluster, each with a copy of every stream. */
  readonly copies?: 1 | 3;
  /** Of the edges, over what a bench sets. */
  readonly edge?: Partial<Config>;
  /** Of the api, likewise. */
  readonly api?: Partial<Config>;
  /** Variables for the edges' processes, handed on as they are. */
  readonly edgeEnv?: Readonly<Record<string, string>>;
}

export async function startGapless(
  ends: Pick<Ends, 'teardown'>,
  { edgeCount = 2, copies = 1, edge = {}, api = {}, edgeEnv = {}, ...count }: GaplessShape,
): Promise<Gapless> {
  const settings = {
    everyone: benchSettings.everyone,
    'log-worker': { streamReplicas: copies, accessReplicas: copies },
    edge: { ...benchSettings.edge, ...edge },
    api: { ...benchSettings.api, ...api },
  };
  const system = await startSystem(ends, { settings, edges: edgeCount, natsServers: copies, env: { edge: edgeEnv } });
  const population = await populate(system, count);
  const { edges, natsServers, apis, workers, mongo } = system;
  return {
    system,
    population,
    urls: edges.map(({ url }) => url),
    // Who was started anew has another one.
    get pids() {
      return {
        edges: edges.map((edge) => edge.pid()),
        nats: natsServers.map((nats) => nats.pid()),
        others: [...apis, ...workers, mongo].map((one) => one.pid()),
      };
    },
  };
}
