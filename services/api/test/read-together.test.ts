import t from 'tap';
import { readTogether } from '../src/read-together.ts';

type Calls = { readonly keys: readonly string[]; readonly end: (error?: Error) => void }[];

/** A store that answers when it is told to, with what it held when it was asked. */
function slowStore(rows: Map<string, number>) {
  const calls: Calls = [];
  const one = readTogether((keys: readonly string[]) => {
    const held = new Map(rows);
    return new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
      calls.push({ keys, end: (error) => (error === undefined ? resolve(held) : reject(error)) });
    });
  });
  return { one, calls };
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

t.test('who asks in the same turn is answered by one call, each key asked once', async (t) => {
  const { one, calls } = slowStore(new Map([['a', 1]]));
  const answers = Promise.all([one('a'), one('b'), one('a')]);
  await turn();
  t.strictSame(
    calls.map(({ keys }) => keys),
    [['a', 'b']],
  );
  calls[0]?.end();
  t.strictSame(await answers, [1, undefined, 1]);
});

t.test('an answer is never older than its question', async (t) => {
  const rows = new Map([['a', 1]]);
  const { one, calls } = slowStore(rows);
  const before = one('a');
  await turn();
  rows.set('a', 2);
  const after = one('a');
  calls[0]?.end();
  t.equal(await before, 1);
  await turn();
  calls[1]?.end();
  t.equal(await after, 2);
});

t.test('while a call is under way those who come wait, and share the next one', async (t) => {
  const { one, calls } = slowStore(new Map([['c', 3]]));
  const first = one('a');
  await turn();
  const rest = [one('c'), one('d'), one('c')];
  await turn();
  t.equal(calls.length, 1);
  calls[0]?.end();
  await first;
  await turn();
  t.strictSame(calls[1]?.keys, ['c', 'd']);
  calls[1]?.end();
  t.strictSame(await Promise.all(rest), [3, undefined, 3]);
});

t.test('a call that fails fails for those whom it would have answered, and for nobody else', async (t) => {
  const { one, calls } = slowStore(new Map());
  const failing = one('a');
  await turn();
  calls[0]?.end(new Error('away'));
  await t.rejects(failing, { message: 'away' });
  const other = one('a');
  await turn();
  calls[1]?.end();
  t.equal(await other, undefined);
});
