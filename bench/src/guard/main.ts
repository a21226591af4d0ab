/** `make bench-guard`: whether this tree costs more than the committed baseline says. */
import { engines } from '@gapless/shared/testing';
import { circumstances } from '../machine.ts';
import { circumstancesText } from '../print.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { compare, isKept, isOnlyUnmeasured, isSameKind } from './compare.ts';
import { comparisonText } from './print.ts';
import { shortRun } from './short-run.ts';

const flags = ['--update', '--slowed', '--if-possible'] as const;
const given = process.argv.slice(2);
const is = (flag: (typeof flags)[number]) => given.includes(flag);
if (given.some((word) => !flags.some((flag) => flag === word)) || (is('--update') && is('--slowed'))) {
  console.error(`usage: node bench/dist/src/guard/main.js [${flags.join('] [')}]; a slowed edge is no baseline`);
  process.exit(64);
}
// What was started is ended by the guardian, whatever ends this process.
process.once('SIGINT', () => process.exit(130));
process.exit((await guard()) ? 0 : 1);

async function guard(): Promise<boolean> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1e3);
  const about = circumstances(await engines());
  console.log(`${circumstancesText(about)}\n`);
  const progress = (line: string) => console.log(`  … ${line} (${seconds()} s)`);
  const costs = await shortRun({ progress, isSlowed: is('--slowed'), isBaseline: is('--update') });
  const ratios = Object.fromEntries(costs.map(({ key, value }) => [key, value]));
  const baseline = is('--update') ? { ...about, ratios } : readBaseline();
  const isOfThisKind = isSameKind(baseline.machine, about.machine);
  const comparisons = compare(baseline.ratios, costs, isOfThisKind);
  console.log(`\n${comparisonText(comparisons)}\n`);
  console.log(`took ${seconds()} s`);
  if (!isOfThisKind)
    console.log(`no figure: the baseline is of ${baseline.machine}; make bench-guard UPDATE=1 takes one here`);
  if (comparisons.some(({ outcome }) => outcome === 'worse'))
    console.log('if it is worth that, make bench-guard UPDATE=1 on a machine with nothing else to do');
  if (is('--update') && isKept(comparisons)) {
    const { at, machine, commit } = about;
    writeBaseline({ at, machine, commit, ratios });
  }
  return isKept(comparisons) || (is('--if-possible') && isOnlyUnmeasured(comparisons));
}
