import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { circumstances } from './machine.ts';
import { circumstancesText, rowText } from './print.ts';
import { summarize } from './row.ts';
import { startGapless } from './scenarios/gapless.ts';
import { rest } from './scenarios/rest.ts';

const people = { accounts: 2, rooms: 60, edgeCount: 1 };
const shape = { rounds: 4, connections: 10, seconds: 4, messages: 400 };

/** What the whole api costs over the calls of the driver that its pages need. */
export async function restFigures(): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const gapless = await startGapless(ends, people);
    const rows = await rest(gapless, ends, shape, (line) => console.log(`  … ${line}`));
    console.log(`\n${rows.map(rowText).join('\n\n')}`);
    return rows.every((row) => summarize(row).verdict === 'pass');
  } finally {
    await ends.endAll();
  }
}
