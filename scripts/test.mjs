#!/usr/bin/env node
/** Everything: what `check` does without its tests, then every test on real engines. Ends with the line of counts. */
import { run } from './step.mjs';
import { runTests } from './tap.mjs';

const started = performance.now();
const check = await run(process.execPath, ['scripts/check.mjs', '--no-tests'], { echo: true });
const { passed, failed } = await runTests('all');
const broken = check.code === 0 ? 0 : 1;
console.log(`took ${Math.round((performance.now() - started) / 1000)} s`);
console.log(`${passed} passed, ${failed + broken} failed`);
process.exit(failed + broken === 0 && passed > 0 ? 0 : 1);
