import t from 'tap';
import { compactText, figureText, spreadTexts, wantedText } from '../../src/report/figure-text.ts';

t.test('a figure has three digits that count, a whole one none behind the point', async (t) => {
  const texts = [1_234_567.8, 123.4, 12.34, 1.234, 0.1234, 0.0123, 7, 0].map(figureText);
  t.strictSame(texts, ['1,234,568', '123', '12.3', '1.23', '0.12', '0.012', '7', '0']);
});

t.test('no figure is a dash, also read from a file', async (t) => {
  t.equal(figureText(Number.NaN), '–');
  t.strictSame(spreadTexts(JSON.parse('{"median":null,"least":null,"most":null}')), { median: '–', range: '' });
});

t.test('median and range have as many places each; without a range there is none', async (t) => {
  t.strictSame(spreadTexts({ median: 6.6, least: 6.4, most: 7 }), { median: '6.60', range: '6.40 to 7.00' });
  t.strictSame(spreadTexts({ median: 1, least: 0, most: 2 }), { median: '1', range: '0 to 2' });
  t.strictSame(spreadTexts({ median: 5, least: 5, most: 5 }), { median: '5', range: '' });
});

t.test('marks of an axis are short', async (t) => {
  t.strictSame([1_500, 20_000, 1_200_000, 2e9, 0.001].map(compactText), ['1,500', '20 k', '1.2 M', '2 G', '0.001']);
});

t.test('a target says which side of it is good', async (t) => {
  t.strictSame([wantedText({ atLeast: 0.5 }), wantedText({ atMost: 3 })], ['≥ 0.5', '≤ 3']);
});
