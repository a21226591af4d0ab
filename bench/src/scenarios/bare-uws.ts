import { fileURLToPath } from 'node:url';
import type { Ends } from '../ends.ts';
import { startOrdered } from '../ordered-process.ts';
import type { Stack } from '../stack.ts';
import type { Population } from './population.ts';

const script = fileURLToPath(new URL('../../peers/bare-uws/server.js', import.meta.url));

/** The floor of fan-out, for the same people. */
export async function startBareUws(ends: Pick<Ends, 'teardown'>, population: Population): Promise<Stack> {
  const bare = startOrdered<never, { say: 'listening'; port: number }>('bare server', script);
  ends.teardown(bare.close);
  const { port } = await bare.first();
  return {
    ...{ name: 'bare uWS', version: 'uws-pack 20.0.8', urls: [`ws://127.0.0.1:${port}/ws`], population },
    ...{ dialect: 'plain', acknowledges: false, numbered: true },
    pids: { servers: [bare.pid], brokers: [], others: [] },
  };
}
