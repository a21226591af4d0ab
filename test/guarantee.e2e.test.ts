import { createScratchDir } from '@gapless/shared/local';
import t from 'tap';
import { harmsText, tallyText } from './guarantee/print.ts';
import { run } from './guarantee/run.ts';

const seed = 20_261_121;

t.test('whatever dies, nothing is lost, doubled or reordered: a short run of `make prove`', async (t) => {
  const scratch = createScratchDir();
  t.teardown(() => scratch.remove());
  const shape = { apis: 1, edges: 2, workers: 2 };
  const tally = await run({ seed, seconds: 9, cluster: false, dir: scratch.path, shape, faultEveryMs: 1_000 });
  t.comment(tallyText(tally));
  t.comment(harmsText(tally.harms));
  t.equal(harmsText(tally.harms), '');
  t.ok(tally.acknowledged > 100, `${tally.acknowledged} were acknowledged`);
  const faults = Object.values(tally.faults).reduce((sum, count) => sum + count, 0);
  t.ok(faults >= 5, `${faults} faults`);
});
