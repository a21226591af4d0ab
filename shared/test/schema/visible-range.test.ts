import t from 'tap';
import { isVisible, noEnd, visibleRanges } from '../../src/schema/index.ts';

t.test('a room shows its whole history to its members unless it was made otherwise', async (t) => {
  t.same(visibleRanges({ since: 40 }), [{ after: 0, before: noEnd }]);
  t.same(visibleRanges({ since: 0 }), [{ after: 0, before: noEnd }], 'also before the join is in the log');
});

t.test(
  'where only the own time counts, each stay is seen from the event that began it to the one that ended it',
  async (t) => {
    const ranges = visibleRanges({ since: 80, own: [[10, 50]] });
    const seen = [9, 10, 30, 50, 51, 79, 80, 1_000_000].filter((seq) => isVisible(ranges, seq));
    t.same(seen, [10, 30, 50, 80, 1_000_000]);
  },
);

t.test('nothing of a stay is seen before the log says where it began', async (t) => {
  t.same(visibleRanges({ since: 0, own: [] }), []);
  t.same(visibleRanges({ since: 0, own: [[10, 50]] }), [{ after: 9, before: 51 }]);
  t.notOk(isVisible([], 1));
});
