import { bigRoomFigures } from './big-room-figures.ts';
import { helloFigures } from './hello-figures.ts';
import { presenceFigures } from './presence-figures.ts';
import { receiptsFigures } from './receipts-figures.ts';
import { restarts } from './restarts.ts';
import { resumes } from './resumes.ts';
import { allRows, quickRows } from './rows/all.ts';
import { scaling } from './rows/scaling.ts';
import { runBench } from './run.ts';
import { searchFigures } from './search-figures.ts';
import { slowReader } from './slow-reader.ts';

const [run, ...words] = process.argv.slice(2);
const chosen = allRows.filter(({ id }) => words.includes(id));
const seconds = Number(words[0] ?? 600);

/** Each prints its figures and says whether all of them are what they have to be. */
const runs: Record<string, (() => Promise<boolean>) | undefined> = {
  ...(chosen.length === words.length && {
    all: () => runBench({ name: 'bench', rows: chosen.length === 0 ? allRows : chosen, isQuick: false }),
    quick: () => runBench({ name: 'quick', rows: chosen.length === 0 ? quickRows : chosen, isQuick: true }),
  }),
  ...(words.length === 0 && {
    scaling: () => runBench({ name: 'scaling', rows: [scaling], isQuick: false }),
    'rolling-restart': restarts,
    'slow-reader': slowReader,
    search: searchFigures,
    hello: helloFigures,
    'big-room': bigRoomFigures,
  }),
  ...(words.length < 2 &&
    seconds > 0 && {
      resume: () => resumes(seconds),
      receipts: () => receiptsFigures(Number(words[0] ?? 2_000)),
      presence: () => presenceFigures(Number(words[0] ?? 5_000)),
    }),
};
const work = runs[run ?? ''];
if (work === undefined) {
  const usage = [
    `all [${allRows.map(({ id }) => id).join('] [')}]`,
    'quick [row …]',
    'scaling',
    'rolling-restart',
    'resume [seconds]',
    'slow-reader',
    'search',
    'hello',
    'big-room',
    'receipts [sockets]',
    'presence [clients]',
  ];
  console.error(`usage: node bench/dist/src/main.js ${usage.join(' | ')}`);
  process.exit(64);
}
// What was started is ended by the guardian, whatever ends this process.
process.once('SIGINT', () => process.exit(130));
process.exit((await work()) ? 0 : 1);
