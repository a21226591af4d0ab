/** What an answer that goes over the bus may hold of items: half a message of it, for all that is added to them. */
export const maxAnswerBytes = 500_000;

/** The first ones that fit, one at least. */
export function fitting<T>(items: readonly T[], max: number, sizeOf: (item: T) => number = jsonBytes): readonly T[] {
  let sum = 0;
  const end = items.findIndex((item, n) => {
    sum += sizeOf(item);
    return n > 0 && sum > max;
  });
  return end < 0 ? items : items.slice(0, end);
}

const jsonBytes = (item: unknown): number => Buffer.byteLength(JSON.stringify(item));
