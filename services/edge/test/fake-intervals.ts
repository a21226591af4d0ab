import type { Test } from 'tap';

interface Interval {
  readonly work: () => void;
  readonly everyMs: number;
  dueAt: number;
}

/** Intervals on an event loop whose turns take as long as a test says: each comes once a turn, however late. */
export function fakeIntervals(t: Test) {
  let now = 1_000;
  const intervals = new Set<Interval>();
  t.intercept(globalThis, 'setInterval', {
    value: (work: () => void, everyMs: number) => {
      const interval = { work, everyMs, dueAt: now + everyMs };
      intervals.add(interval);
      return interval;
    },
  });
  t.intercept(globalThis, 'clearInterval', { value: (interval: Interval) => void intervals.delete(interval) });
  return {
    clock: { now: () => now },
    turn: (ms: number): void => {
      now += ms;
      for (const interval of intervals) {
        if (interval.dueAt > now) continue;
        interval.dueAt = now + interval.everyMs;
        interval.work();
      }
    },
  };
}
