import type { Clock } from '@gapless/shared/runtime';

/** What was answered is remembered for a while, or until somebody knows better. */
export interface Remembered<K, V> {
  /** Those of them that there are; asks for what is not known. Rejects as who is asked does. */
  of(keys: readonly K[]): Promise<ReadonlyMap<K, V>>;
  /** It has changed: what is on its way may be from before. */
  forget(key: K): void;
}

export function createRemembered<K, V>(deps: {
  ask: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
  /** Asked about at once. */
  atOnce: number;
  maxAgeMs: number;
  /** The oldest go first. */
  most: number;
  /** Must not go back. */
  clock: Clock;
}): Remembered<K, V> {
  const { ask, atOnce, maxAgeMs, most, clock } = deps;
  const known = new Map<K, { readonly value: V | undefined; readonly at: number }>();
  const asking = new Set<Set<K>>();

  const isKnown = (key: K): boolean => clock.now() - (known.get(key)?.at ?? Number.NEGATIVE_INFINITY) < maxAgeMs;

  async function learn(keys: readonly K[], answers: Map<K, V>): Promise<void> {
    const open = new Set(keys);
    asking.add(open);
    try {
      const at = clock.now();
      const found = await ask(keys);
      for (const [key, value] of found) answers.set(key, value);
      // What was forgotten meanwhile is good for who asked, and for nobody later.
      for (const key of open) {
        known.delete(key);
        known.set(key, { value: found.get(key), at });
      }
    } finally {
      asking.delete(open);
    }
    for (const key of known.keys()) {
      if (known.size <= most) break;
      known.delete(key);
    }
  }

  return {
    async of(keys) {
      const answers = new Map<K, V>();
      const missing: K[] = [];
      for (const key of keys) {
        const value = known.get(key)?.value;
        if (!isKnown(key)) missing.push(key);
        else if (value !== undefined) answers.set(key, value);
      }
      for (let from = 0; from < missing.length; from += atOnce)
        await learn(missing.slice(from, from + atOnce), answers);
      return answers;
    },
    forget(key) {
      known.delete(key);
      for (const open of asking) open.delete(key);
    },
  };
}
