export interface RestLooks {
  readonly lookMs: number;
  /** Of a core; more is work. */
  readonly share: number;
  readonly longestMs: number;
}

/** So many looks one behind the other: who gets no time in one of them only seems to be at rest. */
const calmLooks = 2;

/** Waits until processes that used so many ms of CPU use hardly any more; `false` when they never did. */
export async function isAtRest(usedMs: () => number, { lookMs, share, longestMs }: RestLooks): Promise<boolean> {
  const end = performance.now() + longestMs;
  for (let before = usedMs(), calm = 0; calm < calmLooks; ) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const now = usedMs();
    calm = now - before > lookMs * share ? 0 : calm + 1;
    before = now;
  }
  return true;
}
