import type { Gapless } from '../scenarios/gapless.ts';
import type { Stack } from '../stack.ts';

/** A Gapless that runs, as what can be loaded like its peers. */
export const gaplessStack = (gapless: Gapless, commit: string): Stack => ({
  name: 'Gapless',
  version: commit,
  urls: gapless.urls,
  population: gapless.population,
  dialect: 'plain',
  acknowledges: true,
  get pids() {
    const { edges, nats, others } = gapless.pids;
    return { servers: edges, brokers: nats, others };
  },
});
