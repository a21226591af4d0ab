import { readFileSync } from 'node:fs';
import t from 'tap';
import { wantedText } from '../src/report/figure-text.ts';
import { allRows } from '../src/rows/all.ts';

const document = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
const [table = ''] = /^## The rows$.*?(?=^## )/ms.exec(document) ?? [];
const linesOf = (text: string) => text.split('\n').filter((line) => /^\| P\d/.test(line));

t.test('the document has every target of every row, and no other', async (t) => {
  const lines = allRows.flatMap(({ id, targets }) =>
    targets.map(({ figure, wanted }) => `| ${id} | ${figure} | ${wantedText(wanted)} |`),
  );
  t.strictSame(linesOf(table), lines);
});

t.test('it says of every row what is done', async (t) => {
  for (const { id } of allRows) t.match(document, new RegExp(`^- \\*\\*${id}\\*\\*`, 'm'), id);
});
