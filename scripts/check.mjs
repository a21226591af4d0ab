#!/usr/bin/env node
/** Types, lint, architecture, documents, unit tests: what can be known without an engine, in under a minute. */
import { step } from './step.mjs';
import { runTests } from './tap.mjs';

const bin = 'node_modules/.bin';
const steps = [
  ['types', `${bin}/tsc`, ['-b']],
  ['lint', `${bin}/biome`, ['check', '--error-on-warnings', '.']],
  ['architecture', process.execPath, ['scripts/check-architecture.mjs']],
  ['documents', process.execPath, ['scripts/write-docs.mjs', '--check']],
];

let ok = true;
for (const [name, command, args] of steps) ok = (await step(name, command, args)) && ok;
if (process.argv.includes('--no-tests')) process.exit(ok ? 0 : 1);
const { passed, failed } = await runTests('unit');
console.log(`${passed} passed, ${failed} failed`);
process.exit(ok && failed === 0 && passed > 0 ? 0 : 1);
