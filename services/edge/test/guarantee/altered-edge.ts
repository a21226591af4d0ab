/** An edge as a process whose clock can be set wrong, and which can be without one of its mechanisms. */
import { type Bus, connectNatsBus } from '@gapless/shared/bus';
import { runService } from '@gapless/shared/runtime';
import { alterationsOf, alterationsVariable, alteredClock } from '@gapless/shared/testing';
import { createEdge } from '../../src/edge.ts';
import { withouts } from './without.ts';

const dir = process.env[alterationsVariable] as string;
const whole = (bus: Bus): Bus => bus;

await runService('edge', ({ config, ...context }) => {
  const { without } = alterationsOf(dir, config.adminPort);
  const change = without === undefined ? whole : withouts[without];
  if (change === undefined) throw new Error(`an edge cannot be without ${without}`);
  // What was deleted is taken out of the ring, and known as long as anybody is in the room: without masking both are gone soon.
  const settings = without === 'masking' ? { ...config, ringEvents: 1, roomLingerMs: 1 } : config;
  return createEdge(
    { config: settings, ...context },
    {
      clock: alteredClock(dir, config.adminPort),
      connect: async () => change(await connectNatsBus(config, { name: 'edge', logger: context.logger })),
    },
  );
});
