import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { fleetFault, fleetText } from './fleet/print.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import { type Departure, rollingRestart } from './scenarios/rolling-restart.ts';

const people = { edgeCount: 3, accounts: 60, rooms: 10 };
const shape = { members: 60, roomsEach: 2, perSecond: 2_000, quietMs: 5_000 };
const longestResumeMs = 2_000;

/** Restarts, then kills, all edges in turn under load; `false` when a message was lost or doubled, or a resume took too long. */
export async function restarts(): Promise<boolean> {
  const ends = createEnds();
  console.log(circumstancesText(circumstances(await engines())));
  const { members, roomsEach, perSecond } = shape;
  console.log(
    `shape     3 edges, ${perSecond} messages/s, ${members} clients that hear ${roomsEach} of ${people.rooms} rooms\n`,
  );
  try {
    const gapless = await startGapless(ends, people);
    let good = true;
    for (const departure of ['restart', 'kill -9'] satisfies Departure[]) {
      const report = await rollingRestart(gapless, shape, [departure], (line) => console.log(`  … ${line}`));
      good &&= fleetFault(report) === undefined && report.resume.p99 <= longestResumeMs;
      console.log(
        `${departure} of every edge in turn\n${fleetText(report)
          .map((line) => `  ${line}\n`)
          .join('')}`,
      );
    }
    console.log(good ? 'PASS' : 'SHORT');
    return good;
  } finally {
    await ends.endAll();
  }
}
