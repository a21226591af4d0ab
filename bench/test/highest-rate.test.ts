import t from 'tap';
import { highestRate } from '../src/highest-rate.ts';

const searched = async (limit: number, from: number, steps: number) =>
  highestRate({ from, steps, attempt: async (rate) => rate, isServed: (rate) => rate <= limit });

t.test('the highest rate is found by doubling, then by halving the gap', async (t) => {
  const { rate, best, tried } = await searched(7_000, 1_000, 8);
  t.strictSame(
    tried.slice(0, 5).map((one) => one.rate),
    [1_000, 2_000, 4_000, 8_000, 5_657],
  );
  t.ok(rate <= 7_000 && rate > 6_600, `${rate} of 7,000`);
  t.equal(best, rate);
});

t.test('a search that begins too high goes down', async (t) => {
  const { rate } = await searched(300, 1_000, 7);
  t.ok(rate <= 300 && rate > 250, `${rate} of 300`);
});

t.test('when nothing is served there is no highest rate', async (t) => {
  t.match(await searched(0, 1_000, 3), { rate: 0, best: undefined });
});

t.test('one bad second does not cap the search, two at the same rate do', async (t) => {
  const serving = async (...fails: number[]) => {
    let n = 0;
    const isServed = (rate: number) => rate <= 7_000 && !fails.includes(n++);
    const attempt = async (rate: number) => rate;
    return highestRate({ from: 1_000, steps: 4, attempt, isServed, repeatsFirstFailure: true });
  };
  const { rate, tried } = await serving(0);
  t.strictSame(
    tried.map((one) => one.rate),
    [1_000, 1_000, 2_000, 4_000, 8_000],
  );
  t.equal(rate, 4_000);
  t.ok((await serving(0, 1)).rate < 1_000);
});
