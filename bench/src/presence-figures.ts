import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import { type Storm, storm } from './scenarios/presence-storm.ts';

const people = { accounts: 1, rooms: 1, edgeCount: 2, api: { roomMembersLimit: 10_000 } };
/** One in a hundred does not come back. */
const stayAway = 0.01;
const rightMs = 10_000;

/** What watchers on another edge are told when so many clients lose their edge by kill -9 and come back at once elsewhere. */
export async function presenceFigures(clients: number): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const found = await storm(await startGapless(ends, people), {
      clients,
      staying: Math.floor(clients * (1 - stayAway)),
    });
    const rows = rowsOf(found);
    for (const { figure, target, measured, good } of rows) {
      console.log(`${figure}: ${measured}; target ${target}: ${good ? 'PASS' : 'SHORT'}`);
    }
    console.log(`${clients} clients; all who came back were live ${Math.round(found.backMs)} ms after the kill`);
    return rows.every(({ good }) => good);
  } finally {
    await ends.endAll();
  }
}

const rowsOf = ({ inTime, flicker, frames, gone, away, rightAfterMs }: Storm) => [
  {
    figure: `frames about the ${inTime} who were back within the grace`,
    target: '0',
    measured: String(flicker),
    good: flicker === 0 && inTime > 0,
  },
  {
    figure: `frames at the watchers about the ${away} who stayed away`,
    target: `${away} entries, once each`,
    measured: `${gone} entries in ${frames} frames`,
    good: gone === away,
  },
  {
    figure: 'presence of those right after the kill',
    target: `≤ ${rightMs / 1_000} s`,
    measured: `${(rightAfterMs / 1_000).toFixed(1)} s`,
    good: rightAfterMs <= rightMs,
  },
];
