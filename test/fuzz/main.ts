/** `make fuzz FRAMES=1000000 REQUESTS=100000 SEED=1`: frames and requests of every kind, and what came of them. */
import { parseArgs } from 'node:util';
import { aSystem } from '../actors/system.ts';
import { fuzz } from './run.ts';
import { fuzzed } from './system.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) },
  },
});
const [frames, requests, seed] = [Number(values.frames), Number(values.requests), Number(values.seed)];
if (![frames, requests, seed].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  process.stderr.write('usage: make fuzz FRAMES=1000000 REQUESTS=100000 SEED=1\n');
  process.exit(2);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const endings: (() => unknown)[] = [];
say(`seed ${seed}`);
try {
  const system = await aSystem({ teardown: (end) => void endings.push(end) }, fuzzed);
  const { faults, text } = await fuzz(system, { seed, frames, requests });
  say(text);
  for (const fault of faults) say(`FAULT: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  for (const end of endings.reverse()) await end();
}
