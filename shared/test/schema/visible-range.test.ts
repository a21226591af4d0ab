import t from 'tap';
import { visibleRange } from '../../src/schema/index.ts';

t.test('members see all of a room, unless it hides what was before them', async (t) => {
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER };
  t.strictSame(visibleRange({ since: 40 }), all);
  t.strictSame(visibleRange({ since: 40 }, 'hidden'), { ...all, after: 39 }, 'from the own join on');
  t.equal(visibleRange({ since: 0 }, 'hidden').after, Number.MAX_SAFE_INTEGER, 'nothing before the join is in the log');
});
