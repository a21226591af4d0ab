import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { latencyText } from './fleet/print.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { spreadOf } from './row.ts';
import { startGapless } from './scenarios/gapless.ts';
import { type SlowReaderRound, slowReaderRound } from './scenarios/slow-reader.ts';

/** One edge: all neighbours share the process with the one who does not read. */
const people = { accounts: 20, rooms: 4, edgeCount: 1 };
const shape = { members: 40, perSecond: 300, measureMs: 6_000 };
const rounds = 5;
const outboxBytes = 1024 * 1024;
const highestRatio = 1.2;

/** What neighbours notice of a client that stops reading, what it costs, and whether it has everything in the end. */
export async function slowReader(): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const gapless = await startGapless(ends, people);
    // One that does not count: what compiles late must not be on the bill of the first.
    await slowReaderRound(gapless, shape);
    const all: SlowReaderRound[] = [];
    for (let n = 0; n < rounds; n++) {
      const round = await slowReaderRound(gapless, shape);
      all.push(round);
      console.log(`without   ${latencyText(round.without)}\nbeside    ${latencyText(round.beside)}`);
      const { bufferedBytes, lacks, stayed } = round;
      console.log(
        `  ${bufferedBytes} bytes waited at most, lacks ${lacks}, ${stayed ? 'same connection' : 'was closed'}`,
      );
    }
    const ratio = spreadOf(all.map(({ without, beside }) => beside.p99 / without.p99));
    console.log(
      `p99 of neighbours, beside / without: ${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`,
    );
    const whole = all.every(
      ({ bufferedBytes, lacks, stayed }) => lacks === 0 && stayed && bufferedBytes <= outboxBytes,
    );
    const good = whole && ratio.median <= highestRatio;
    console.log(good ? 'PASS' : 'SHORT');
    return good;
  } finally {
    await ends.endAll();
  }
}
