import t from 'tap';
import { canShow, scaleFor } from '../../src/report/ticks.ts';

const linear = { label: 'x' };
const logarithmic = { label: 'x', logarithmic: true };
const texts = (...[axis, values, most]: Parameters<typeof scaleFor>) =>
  scaleFor(axis, values, most).ticks.map(({ text }) => text);

t.test('marks stand at 1, 2 and 5 times powers of ten, from 0 on, around every value', async (t) => {
  t.strictSame(texts(linear, [3, 97], 6), ['0', '20', '40', '60', '80', '100']);
  t.strictSame(texts(linear, [0.03, 0.31], 6), ['0', '0.1', '0.2', '0.3', '0.4']);
  t.strictSame(texts(linear, [250_000, 1_050_000], 6), ['0', '200 k', '400 k', '600 k', '800 k', '1 M', '1.2 M']);
  t.strictSame(texts(linear, [-5, 5], 4), ['-5', '0', '5']);
});

t.test('an axis may begin at its values', async (t) => {
  t.strictSame(texts({ ...linear, fromZero: false }, [1_002, 1_009], 5), ['1,002', '1,004', '1,006', '1,008', '1,010']);
});

t.test(
  'a logarithmic axis has finer marks where there is room, and fewer than asked for over many decades',
  async (t) => {
    t.strictSame(texts(logarithmic, [1.1, 43], 6), ['1', '2', '5', '10', '20', '50']);
    t.strictSame(texts(logarithmic, [10, 10_000], 6), ['10', '100', '1,000', '10 k']);
    t.ok(texts(logarithmic, [1e-3, 1e9], 6).length <= 6);
  },
);

t.test('no value lies outside, whatever the values are', async (t) => {
  const series = [[0], [7], [5, 5], [0.1, 0.2], [1e-9, 1e9], [-3, -1], [99.9, 100.1], [1, 10], [2, 5], [1e6]];
  for (const values of series) {
    for (const axis of [linear, logarithmic].filter((one) => values.every((value) => canShow(one, value)))) {
      const { place, ticks } = scaleFor(axis, values, 6);
      const places = [...values, ...ticks.map(({ at }) => at)].map(place);
      t.ok(
        places.every((one) => one > -1e-6 && one < 1 + 1e-6),
        `${values} on ${axis === linear ? 'linear' : 'log'}: ${places}`,
      );
      t.equal(new Set(ticks.map(({ text }) => text)).size, ticks.length, 'no mark says what another says');
    }
  }
});

t.test('an axis that names its marks has these, and room for all of them', async (t) => {
  const marks = [2, 10, 100].map((at) => ({ at, text: `1 in ${at}` }));
  const { ticks, place } = scaleFor({ ...logarithmic, marks }, [10, 100], 6);
  t.strictSame(ticks, marks);
  t.strictSame([place(2), place(100)], [0, 1]);
});

t.test('what has no logarithm has no place on a logarithmic axis', async (t) => {
  t.notOk(canShow(logarithmic, 0));
  t.ok(canShow(linear, 0));
  t.notOk(canShow(linear, Number.NaN));
});
