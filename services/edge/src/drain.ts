import { sleep } from '@gapless/shared/runtime';
import type { Session } from './session.ts';

const sliceMs = 50;
const leastPerSlice = 200;

/**
 * Sends every client elsewhere: `bye` to all, then `1012` in slices and in no order, so that they do not arrive together
 * at the next edge. A socket with a frame in work is kept until that is answered, or the time is over.
 */
export async function drain(sessions: Iterable<Session>, budgetMs: number, random = Math.random): Promise<void> {
  const all = [...sessions];
  for (const session of all) {
    session.send({ t: 'bye', after: Math.ceil(random() * budgetMs), why: 'drain' });
  }
  const perSlice = Math.max(leastPerSlice, Math.ceil((all.length * sliceMs * 2) / budgetMs));
  const until = Date.now() + budgetMs;
  for (let left = shuffled(all, random); left.length > 0; left = open(left)) {
    const idle = left.filter((session) => session.inFlight === 0 || Date.now() >= until);
    for (const session of idle.slice(0, perSlice)) session.close('restart');
    await sleep(sliceMs);
  }
}

const open = (sessions: readonly Session[]): Session[] => sessions.filter((session) => session.phase !== 'closed');

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => [random(), item] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
