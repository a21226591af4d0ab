import t from 'tap';
import { judge, jump } from '../src/verdict.ts';

const state = (created: string, first: number, last: number) => ({ created, first, last, bytes: 0, maxBytes: 1 });
const record = (created: string, seq: number, high = seq) => ({ created, seq, high });

t.test('nothing anywhere: the stream starts at 1', async (t) => {
  t.same(judge(record('', 0), undefined, 0), { kind: 'missing', first: 1 });
  t.same(judge(record('', 0), state('a', 1, 0), 0), { kind: 'new', first: 1 });
});

t.test('the stream that MongoDB names, with all that was given, is sound', async (t) => {
  t.equal(judge(record('a', 10), state('a', 1, 10), 10).kind, 'sound');
  t.equal(judge(record('a', 10), state('a', 11, 10), 0).kind, 'sound', 'trimmed empty');
  t.equal(judge(record('a', 10), state('a', 1, 900), 800).kind, 'sound');
});

t.test('a stream that is gone starts far above whatever was given', async (t) => {
  t.same(judge(record('a', 10), undefined, 0), { kind: 'missing', first: 10 + jump });
  t.same(judge(record('a', 10, 30), undefined, 20), { kind: 'missing', first: 30 + jump });
  t.same(judge(record('a', 0), undefined, 25), { kind: 'missing', first: 25 + jump });
});

t.test('a stream below the watermark, below what was noted or below what was seen was set back', async (t) => {
  t.same(judge(record('a', 10), state('a', 1, 9), 0), { kind: 'set_back', first: 10 + jump, drainTo: 0 });
  t.same(judge(record('a', 5, 10), state('a', 1, 9), 0), { kind: 'set_back', first: 10 + jump, drainTo: 9 });
  t.same(judge(record('a', 5), state('a', 1, 9), 10), { kind: 'set_back', first: 10 + jump, drainTo: 9 });
});

t.test('another stream than the named one was made anew, however far it is', async (t) => {
  t.same(judge(record('a', 10), state('b', 1, 0), 0), { kind: 'set_back', first: 10 + jump, drainTo: 0 });
  t.same(judge(record('', 10), state('a', 1, 12), 0), { kind: 'set_back', first: 10 + jump, drainTo: 12 });
});

t.test('an empty stream that starts above has nothing to drain', async (t) => {
  const verdict = judge(record('a', 10), state('b', 10 + jump, 9 + jump), 0);
  t.same(verdict, { kind: 'set_back', first: 10 + jump, drainTo: 0 });
});
