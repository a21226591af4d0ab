import { fileURLToPath } from 'node:url';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { latencyText } from './fleet/print.ts';
import { circumstances } from './machine.ts';
import { type OrderedProcess, startOrdered } from './ordered-process.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import { addMessages } from './scenarios/mongo-messages.ts';
import { searches } from './scenarios/search.ts';

const people = { accounts: 1, rooms: 100, edgeCount: 1 };
const filling = { most: 1_000_000, seconds: 45 };
const shape = { warmUp: 10, measured: 100 };
/** What a search costs must not depend on what is looked for, or how much there is. */
const slowestP99Ms = 250;
const costScript = fileURLToPath(new URL('../../../services/log-worker/dist/test/search-cost.js', import.meta.url));

interface Cost {
  readonly say: 'cost';
  /** Events a second: written with search behind and without it, and what search makes of the rest when nothing is written. */
  readonly rounds: readonly { readonly withSearch: number; readonly without: number; readonly caughtUp: number }[];
}

/** How long searches take in a room and over a hundred, and what projecting takes from a log worker's writing. */
export async function searchFigures(): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const { system, population } = await startGapless(ends, people);
    const cost: OrderedProcess<{ url: string }, Cost> = startOrdered('log worker', costScript);
    ends.teardown(cost.close);
    const { rounds } = await cost.ask({ url: system.mongoUrl }, (answer) => answer);
    for (const { withSearch, without, caughtUp } of rounds) {
      const ratio = (withSearch / without).toFixed(2);
      console.log(
        `a log worker's writes: ${Math.round(withSearch)} events/s, without search ${Math.round(without)}: ${ratio}; ` +
          `search catches up with ${Math.round(caughtUp)} events/s`,
      );
    }
    // Nobody else may say how far the log is written.
    for (const worker of system.workers) await worker.stop();
    const [token = ''] = population.tokens;
    const user = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sub as UserId;
    const rooms = population.rooms as readonly RoomId[];
    const count = await addMessages(system.mongoUrl, { rooms, user, ...filling });
    console.log(`\n${count.toLocaleString('en')} messages, half of them in one room`);
    let slowest = 0;
    for (const [where, path] of [
      ['in that room', `/rooms/${rooms[0]}/search`],
      [`over ${rooms.length} rooms`, '/search/messages'],
    ] as const) {
      for (const { what, latency, hits } of await searches({ url: `${system.api.url}/v1${path}`, token }, shape)) {
        console.log(`${where}, ${what}: ${latencyText(latency)}, ${hits} hits`);
        slowest = Math.max(slowest, latency.p99);
      }
    }
    const good = slowest <= slowestP99Ms;
    console.log(`target: each p99 ≤ ${slowestP99Ms} ms: ${good ? 'PASS' : 'SHORT'}`);
    return good;
  } finally {
    await ends.endAll();
  }
}
