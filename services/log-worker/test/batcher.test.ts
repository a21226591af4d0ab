import t from 'tap';
import { Batcher } from '../src/batcher.ts';

async function* numbers(count: number, pauseMs = 0): AsyncGenerator<number> {
  for (let n = 1; n <= count; n++) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield n;
  }
}

async function all(batcher: Batcher<number>): Promise<number[][]> {
  const batches: number[][] = [];
  for (let batch = await batcher.next(); batch !== undefined; batch = await batcher.next()) batches.push(batch);
  return batches;
}

t.test('gives full batches in order under load, and the rest at the end', async (t) => {
  const batcher = new Batcher<number>({ maxItems: 4, maxWaitMs: 60_000 });
  void batcher.fill(numbers(10));
  t.same(await all(batcher), [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10],
  ]);
});

t.test('gives a small batch once its first item has waited long enough', async (t) => {
  const batcher = new Batcher<number>({ maxItems: 1_000, maxWaitMs: 20 });
  void batcher.fill(numbers(3, 60));
  t.same(await all(batcher), [[1], [2], [3]]);
});

t.test('reads no further than one batch while nobody takes it', async (t) => {
  let read = 0;
  async function* counting() {
    for await (const n of numbers(100)) {
      read = n;
      yield n;
    }
  }
  const batcher = new Batcher<number>({ maxItems: 5, maxWaitMs: 1 });
  void batcher.fill(counting());
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(read, 6, 'one batch and the item in hand');
  await batcher.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(read, 11);
  batcher.end();
});

t.test('a failure of the source shows behind what came before it', async (t) => {
  async function* failing() {
    yield 1;
    throw new Error('source');
  }
  const batcher = new Batcher<number>({ maxItems: 5, maxWaitMs: 1 });
  void batcher.fill(failing());
  t.same(await batcher.next(), [1]);
  await t.rejects(batcher.next(), { message: 'source' });
});

t.test('an end wakes whoever waits', async (t) => {
  const batcher = new Batcher<number>({ maxItems: 5, maxWaitMs: 1 });
  const waiting = batcher.next();
  batcher.end();
  t.equal(await waiting, undefined);
});
