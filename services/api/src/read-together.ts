/** Reads one thing by its key; `undefined` where there is none. */
export type ReadOne<K extends string, V> = (key: K) => Promise<V | undefined>;

const keysACall = 500;

interface Question<V> {
  readonly answer: (value: V | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * What many ask for at about the same time is read by one call. Nothing is remembered: each call begins after everybody whom it
 * answers has asked, so an answer is never older than its question.
 */
export function readTogether<K extends string, V>(
  read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
): ReadOne<K, V> {
  const waiting = new Map<K, Question<V>[]>();
  let isUnderWay = false;

  const take = (): Map<K, Question<V>[]> => {
    const taken = new Map([...waiting].slice(0, keysACall));
    for (const key of taken.keys()) waiting.delete(key);
    return taken;
  };

  const call = async (): Promise<void> => {
    const taken = take();
    try {
      const found = await read([...taken.keys()]);
      for (const [key, questions] of taken) for (const { answer } of questions) answer(found.get(key));
    } catch (error) {
      for (const questions of taken.values()) for (const { fail } of questions) fail(error);
    } finally {
      isUnderWay = false;
      next();
    }
  };

  /** One call at a time; whoever asks in this turn goes along. */
  const next = (): void => {
    if (isUnderWay || waiting.size === 0) return;
    isUnderWay = true;
    setImmediate(() => void call());
  };

  return (key) =>
    new Promise((answer, fail) => {
      const questions = waiting.get(key);
      if (questions === undefined) waiting.set(key, [{ answer, fail }]);
      else questions.push({ answer, fail });
      next();
    });
}
