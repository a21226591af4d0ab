import t from 'tap';
import { Chain, type Faults } from '../src/load/chain.ts';

/** Events are named by their numbers; each names the one before it in the room, as the server would. */
const sequence = [7, 8, 12, 13, 20, 21];
const before = new Map(sequence.map((seq, n) => [seq, sequence[n - 1] ?? 3]));

function faultsOf(arrived: readonly number[], head = 21): Faults {
  const chain = new Chain(3);
  for (const seq of arrived) chain.take(seq, before.get(seq) ?? 0);
  return chain.faults(head);
}

const none: Faults = { lost: 0, doubled: 0, swapped: 0, broken: 0 };

t.test('an unbroken chain has no faults', async (t) => {
  t.strictSame(faultsOf(sequence), none);
});

t.test('an event that is lost anywhere is noticed', async (t) => {
  for (const missing of sequence) {
    t.strictSame(faultsOf(sequence.filter((seq) => seq !== missing)), { ...none, lost: 1 }, `without ${missing}`);
  }
});

t.test('an event that came twice is noticed, at once or later', async (t) => {
  for (const [n, seq] of sequence.entries()) {
    for (let at = n + 1; at <= sequence.length; at++) {
      t.strictSame(faultsOf(sequence.toSpliced(at, 0, seq)), { ...none, doubled: 1 }, `${seq} again at ${at}`);
    }
  }
});

t.test('two events that changed places are noticed, and are no loss', async (t) => {
  for (let n = 1; n < sequence.length; n++) {
    const [a, b] = sequence.slice(n - 1, n + 1) as [number, number];
    t.strictSame(faultsOf(sequence.toSpliced(n - 1, 2, b, a)), { ...none, swapped: 1 }, `${b} before ${a}`);
  }
});

t.test('one that comes late fills its part of a hole only, and only once', async (t) => {
  t.strictSame(faultsOf([7, 13, 8, 20, 21]), { ...none, lost: 1, swapped: 1 }, '12 is still missing');
  t.strictSame(faultsOf([7, 13, 8, 8, 12, 20, 21]), { ...none, doubled: 1, swapped: 2 });
});

t.test('an event that contradicts itself or the chain is broken', async (t) => {
  const chain = new Chain(3);
  chain.take(7, 3);
  chain.take(9, 9);
  chain.take(10, 5);
  chain.take(11, 10);
  chain.broken();
  t.strictSame(chain.faults(11), { ...none, broken: 3 });
});

t.test('what a run before left behind is no fault of the next one, also when it comes after all', async (t) => {
  const chain = new Chain(3);
  for (const seq of [7, 12, 12, 13]) chain.take(seq, before.get(seq) ?? 0);
  t.strictSame(chain.faults(20), { ...none, lost: 2, doubled: 1 }, '8 and the tail are missing, 12 came twice');
  chain.begin(20);
  t.strictSame(chain.faults(20), none);
  for (const seq of [8, 21, 20]) chain.take(seq, before.get(seq) ?? 0);
  t.strictSame(chain.faults(21), none);
  chain.take(8, 7);
  t.strictSame(chain.faults(30), { ...none, lost: 1, doubled: 1 }, 'its own it has');
});
