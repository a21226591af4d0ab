import type { LocalSystem } from '@gapless/shared/local';
import { urlsOf } from '../actors/system.ts';
import { createRandom } from '../guarantee/random.ts';
import { openDoors } from './doors.ts';
import { frameStorm } from './frame-storm.ts';
import { requestStorm } from './request-storm.ts';
import { soundnessOf } from './sound.ts';
import { Storm } from './storm.ts';

export interface Fuzzed {
  readonly faults: readonly string[];
  readonly text: string;
}

/** Fewer than these are sent first, so that memory is compared with a warm process. */
const warmUp = { frames: 5_000 };

/** A run in which everything is refused says nothing: so many of the frames, and of the requests, are to succeed. */
const least = { ok: 0.02, hi: 0.0005, done: 0.05 };
/** Nothing is away, but the storm is more than an api on a small machine keeps up with: what came too late is told so. */
const most = { unavailable: 0.05 };

export async function fuzz(
  system: LocalSystem,
  what: { seed: number; frames: number; requests: number },
): Promise<Fuzzed> {
  const random = createRandom(what.seed);
  const ground = { edges: urlsOf(system), api: system.api.url };
  const storm = new Storm();
  const began = Date.now();
  const first = Math.min(warmUp.frames, what.frames);
  await frameStorm({ ...ground, random: random.branch(), storm, count: first });
  const sound = await soundnessOf(system);
  if (what.frames > first) await frameStorm({ ...ground, random: random.branch(), storm, count: what.frames - first });
  if (what.requests > 0) {
    await requestStorm({ ...ground, random: random.branch(), storm, count: what.requests }, await openDoors(system));
  }
  storm.expect('ok', what.frames * least.ok);
  storm.expect('hi', what.frames * least.hi);
  storm.expect('2xx', what.requests * least.done);
  storm.expectAtMost('err unavailable', what.frames * most.unavailable);
  storm.expectAtMost('503', what.requests * most.unavailable);
  await sound.judge(storm);
  return { faults: storm.faults, text: storm.text((Date.now() - began) / 1_000) };
}
