import { parseArgs } from 'node:util';
import { coverage } from './coverage.ts';
import { runConformance, type Verdict } from './run.ts';

const usage = `Checks whether a server keeps docs/protocol.md, over bare WebSockets.

  npm run conformance -- --url ws://127.0.0.1:8081/ws --token <access token> --token <another user's> [--only <word>]

  npm run conformance -- --list      what the document promises, and which case shows it

Two users see nearly all of it, a third one the rest. Rooms are made as it goes; nothing of theirs is touched otherwise.`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    token: { type: 'string', multiple: true },
    only: { type: 'string' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.list === true) {
  for (const { promise, shownBy, notShown } of coverage()) {
    console.log(
      `${promise}\n    ${shownBy.length > 0 ? shownBy.join('\n    ') : `not shown: ${notShown ?? 'by nothing'}`}`,
    );
  }
  process.exit(0);
}
if (values.help === true || values.url === undefined || values.token === undefined) {
  console.log(usage);
  process.exit(values.help === true ? 0 : 2);
}

const marks = { kept: '✓', broken: '✗', skipped: '-' } as const;
const print = ({ section, name, outcome, why }: Verdict): void =>
  console.log(`${marks[outcome]} ${section}: ${name}${why === undefined ? '' : `\n    ${why}`}`);

const { url, token: tokens, only = '' } = values;
const verdicts = await runConformance({ url, tokens }, print, ({ section, name }) =>
  `${section} ${name}`.includes(only),
);
const count = (wanted: Verdict['outcome']) => verdicts.filter(({ outcome }) => outcome === wanted).length;
console.log(`${count('kept')} kept, ${count('broken')} broken, ${count('skipped')} skipped`);
process.exit(count('broken') === 0 ? 0 : 1);
