/** `make prove SECONDS=600 SEED=1 CLUSTER=1`: tries to break the guarantee for so long, and says what came of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { harmsText, tallyText } from './print.ts';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) },
    cluster: { type: 'boolean', default: false },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: make prove SECONDS=600 SEED=1 [CLUSTER=1]\n');
  process.exit(2);
}

const startedAt = Date.now();
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const dir = mkdtempSync(join(tmpdir(), 'gapless-prove-'));
say(`seed ${seed}; logs and stores in ${dir}`);
try {
  const progress = (line: string) =>
    say(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(5)} s  ${line}`);
  const tally = await run({ seed, seconds, cluster: values.cluster, dir, progress });
  say(`\n${tallyText(tally)}`);
  if (tally.harms.length === 0) {
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  }
  writeFileSync(join(dir, 'harms.json'), JSON.stringify(tally.harms, undefined, 1));
  for (const told of tally.evidence) writeFileSync(join(dir, `evidence-${told.room}.json`), JSON.stringify(told));
  say(`\nHARM:\n${harmsText(tally.harms)}\nlogs and stores: ${dir}`);
} catch (error) {
  say(`the run could not be ended: ${(error as Error).stack}\nlogs and stores: ${dir}`);
}
process.exit(1);
