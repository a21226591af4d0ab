import { bigRoomFigures } from './big-room-figures.ts';
import { helloFigures } from './hello-figures.ts';
import { presenceFigures } from './presence-figures.ts';
import { quick, quickRows } from './quick.ts';
import { receiptsFigures } from './receipts-figures.ts';
import { restFigures } from './rest-figures.ts';
import { restarts } from './restarts.ts';
import { resumes } from './resumes.ts';
import { searchFigures } from './search-figures.ts';
import { slowReader } from './slow-reader.ts';

const [run, ...words] = process.argv.slice(2);
const rows = quickRows.filter((row) => words.includes(row));
const seconds = Number(words[0] ?? 600);

/** Each prints its figures and says whether all of them are what they have to be. */
const runs: Record<string, (() => Promise<boolean>) | undefined> = {
  ...(rows.length === words.length && { quick: () => quick(rows.length === 0 ? quickRows : rows) }),
  ...(words.length === 0 && {
    'rolling-restart': restarts,
    'slow-reader': slowReader,
    rest: restFigures,
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
const chosen = runs[run ?? ''];
if (chosen === undefined) {
  const usage = [
    `quick [${quickRows.join('] [')}]`,
    'rolling-restart',
    'resume [seconds]',
    'slow-reader',
    'rest',
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
process.exit((await chosen()) ? 0 : 1);
