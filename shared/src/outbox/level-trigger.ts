/**
 * One run per key at a time. Who comes while one is under way shares the run after it: the one under way may have looked
 * before the caller's change.
 */
export function levelTriggered<K, T>(work: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const running = new Map<K, Promise<T>>();
  const next = new Map<K, Promise<T>>();

  function run(key: K): Promise<T> {
    const result = work(key).finally(() => {
      if (running.get(key) === result) running.delete(key);
    });
    running.set(key, result);
    return result;
  }

  return (key) => {
    const current = running.get(key);
    if (current === undefined) return run(key);
    const queued = next.get(key);
    if (queued !== undefined) return queued;
    const start = () => {
      next.delete(key);
      return run(key);
    };
    // The failure of the run before belongs to its own callers.
    const result = current.then(start, start);
    next.set(key, result);
    return result;
  };
}
