import t from 'tap';
import { createRandom, type Random } from './random.ts';

const numbersOf = (random: Random, count = 50): number[] => Array.from({ length: count }, () => random.next());

t.test('the same seed gives the same chance, another seed another', async (t) => {
  t.strictSame(numbersOf(createRandom(7)), numbersOf(createRandom(7)));
  t.notSame(numbersOf(createRandom(7)), numbersOf(createRandom(8)));
});

t.test('what is drawn from a branch does not shift what is drawn from its origin', async (t) => {
  const [drawn, left] = [createRandom(7), createRandom(7)];
  const branch = drawn.branch();
  left.branch();
  numbersOf(branch);
  t.strictSame(numbersOf(drawn), numbersOf(left));
});

t.test('whole numbers lie between their ends, both included', async (t) => {
  const random = createRandom(7);
  const seen = new Set(Array.from({ length: 500 }, () => random.between(3, 6)));
  t.strictSame([...seen].sort(), [3, 4, 5, 6]);
});
