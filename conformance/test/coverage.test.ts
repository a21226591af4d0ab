import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { cases } from '../src/cases/index.ts';
import { coverage } from '../src/coverage.ts';
import { promises } from '../src/promises.ts';
import { unprovoked } from '../src/unprovoked.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const document = readFileSync(`${root}docs/protocol.md`, 'utf8');
const section = (title: string): string => document.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const firstCells = (text: string): string[] =>
  Array.from(text.matchAll(/^\| (.*?) +\|/gm), ([, cell = '']) => cell).filter((cell) => !/^-+$/.test(cell));

t.test('every promise of the tables is shown by a case, or it is said why not', async (t) => {
  for (const { promise, shownBy, notShown } of coverage()) {
    t.ok(shownBy.length > 0 || notShown !== undefined, `${promise}: ${shownBy[0] ?? notShown}`);
    t.notOk(shownBy.length > 0 && notShown !== undefined, `${promise} is shown, and said not to be`);
  }
});

t.test('cases and excuses name promises that there are, and tests that are there', async (t) => {
  const known = new Set([...promises, 'close 1006']);
  for (const { name, covers } of cases) for (const promise of covers) t.ok(known.has(promise), `${name}: ${promise}`);
  for (const [promise, why] of Object.entries(unprovoked)) {
    t.ok(known.has(promise), promise);
    const [, path] = /: ((?:services|test|shared)\/\S+)$/.exec(why) ?? [];
    if (path !== undefined) t.ok(existsSync(root + path), path);
  }
});

t.test('limits and handshakes are those of the document, and cases name its headings', async (t) => {
  const named = (kind: string) =>
    promises.filter((promise) => promise.startsWith(`${kind} `)).map((promise) => promise.slice(kind.length + 1));
  t.same(firstCells(section('Limits')).slice(1).sort(), named('limit').sort());
  t.same(
    firstCells(section('Connect')).filter((cell) => /^\d+$/.test(cell)),
    named('handshake'),
  );
  for (const { section: title } of cases) t.match(document, new RegExp(`^##+ ${title}$`, 'm'));
});
