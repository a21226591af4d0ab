import { createEnds } from './ends.ts';
import { catchUp } from './scenarios/catch-up.ts';
import { edgeIngest } from './scenarios/edge-ingest.ts';
import { startGapless } from './scenarios/gapless.ts';

/**
 * `node bench/dist/src/catch-up.js [events]`: what the log worker writes when it comes back, against the most that comes in
 * through whole edges on the same machine. Below 2 it could not get out of a backlog in time.
 */
const atLeast = 2;
/** The middle one counts: what else the machine does for a moment is on the bill of one of them only. */
const rounds = 3;
const events = Number(process.argv[2] ?? 50_000);
const live = { clients: 100, window: 4, warmUpMs: 2_000, measureMs: 5_000 };

process.once('SIGINT', () => process.exit(130));
const ends = createEnds();
try {
  const gapless = await startGapless(ends, { accounts: 20, rooms: 10 });
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const { perSecond: liveRate } = await edgeIngest(gapless, live);
    const { perSecond } = await catchUp(gapless, { events, rooms: 200, window: 500 });
    ratios.push(perSecond / liveRate);
    const figures = `live ${Math.round(liveRate)} sends/s, catch-up ${Math.round(perSecond)} events/s`;
    console.log(`${round}/${rounds}: ${figures}: ${(perSecond / liveRate).toFixed(2)}`);
  }
  const ratio = ratios.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  console.log(`ratio ${ratio.toFixed(2)} (at least ${atLeast}): ${ratio >= atLeast ? 'pass' : 'FAIL'}`);
  process.exitCode = ratio >= atLeast ? 0 : 1;
} finally {
  await ends.endAll();
}
