import t from 'tap';
import { allRows, quickRows } from '../src/rows/all.ts';

/** `make bench` promises to end within it. */
const mostSeconds = 40 * 60;
/** To start a row's process, and to be told of its end. */
const aroundRowSeconds = 3;

t.test('rows stand in the order of their numbers, and no two targets share a key', async (t) => {
  const numbers = allRows.map(({ id }) => Number(id.slice(1)));
  t.strictSame(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  const keys = allRows.flatMap(({ targets }) => targets.map(({ key }) => key));
  t.equal(new Set(keys).size, keys.length);
  for (const { id, targets } of allRows)
    t.ok(targets.length > 0 && targets.every(({ key }) => key.startsWith(`${id} `)), id);
});

t.test('all rows together end in time, even when each takes as long as it may', async (t) => {
  const seconds = allRows.reduce((sum, { budgetSeconds }) => sum + budgetSeconds + aroundRowSeconds, 0);
  t.ok(seconds <= mostSeconds, `${seconds} s`);
  t.ok(quickRows.every((row) => allRows.includes(row)));
});
