import { sleep, steadyClock } from '@gapless/shared/runtime';
import type { Session } from './session.ts';

export interface DrainPace {
  /** Longest drain; past it everybody who is left goes at once. */
  readonly budgetMs: number;
  /** Sockets a second, with so many left. */
  readonly share: (left: number) => number;
  readonly random?: () => number;
}

interface Told {
  readonly session: Session;
  readonly closeAt: number;
}

const sliceMs = 50;
/** Those who are told together come to the next edge over this time at most. */
const longestSpreadMs = 1_000;
/** Who was told and is still there gets this long to connect elsewhere first. */
const longestGraceMs = 500;

/**
 * Sends every client elsewhere, in no order and no faster than its share allows: `bye`, and when that time is over `1012`.
 * Until then frames are served; a socket that waits for an answer is kept until it has it, or the time is over.
 */
export async function drain(sessions: Iterable<Session>, pace: DrainPace): Promise<void> {
  const { budgetMs, share, random = Math.random } = pace;
  const began = steadyClock.now();
  const until = began + budgetMs;
  const spreadMs = Math.min(longestSpreadMs, budgetMs / 3);
  const graceMs = Math.min(longestGraceMs, budgetMs / 6);
  const lastByeAt = until - spreadMs - graceMs;
  let untold = shuffled([...sessions], random);
  let told: Told[] = [];
  let credit = 0;

  const tell = (session: Session, withinMs: number): void => {
    const after = Math.ceil(random() * withinMs);
    session.send({ t: 'bye', after, why: 'drain' });
    told.push({ session, closeAt: steadyClock.now() + after + graceMs });
  };

  for (let last = began - sliceMs; untold.length + told.length > 0; ) {
    const now = steadyClock.now();
    const perMs = Math.max(share(untold.length + told.length) / 1_000, untold.length / Math.max(1, lastByeAt - now));
    credit = Math.min(untold.length, credit + perMs * (now - last));
    last = now;
    // A few clients go at once: there is nothing to spread.
    const withinMs = Math.min(spreadMs, untold.length / perMs);
    for (; credit >= 1; credit--) tell(untold.pop() as Session, withinMs);
    for (const { session, closeAt } of told) {
      if (now >= until || (now >= closeAt && !session.busy)) session.close('restart');
    }
    await sleep(sliceMs);
    untold = untold.filter(isOpen);
    told = told.filter(({ session }) => isOpen(session));
  }
}

const isOpen = (session: Session): boolean => session.phase !== 'closed';

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => [random(), item] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
