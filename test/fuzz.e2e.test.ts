import t from 'tap';
import { aSystem } from './actors/system.ts';
import { fuzz } from './fuzz/run.ts';
import { fuzzed } from './fuzz/system.ts';

t.setTimeout(600_000);
const system = await aSystem(t, fuzzed);

t.test(
  '100,000 frames and 10,000 requests of every kind: each has its answer from the tables, and nothing breaks',
  { timeout: 600_000 },
  async (t) => {
    const seed = Number(process.env['SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000));
    t.comment(`SEED=${seed}`);
    const { faults, text } = await fuzz(system, { seed, frames: 100_000, requests: 10_000 });
    t.comment(text);
    t.strictSame(faults, [], `seed ${seed}`);
  },
);
