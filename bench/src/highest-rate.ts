/** Looks for the highest rate that is still served. */
export interface RateSearch<T> {
  /** Where it begins; it may go below. */
  readonly from: number;
  /** Tries, all in all. */
  readonly steps: number;
  readonly attempt: (rate: number) => Promise<T>;
  readonly isServed: (attempt: T) => boolean;
  /** The first rate that fails is tried once more, beyond the steps: one bad second would cap the search for good. */
  readonly repeatsFirstFailure?: boolean;
}

export interface HighestRate<T> {
  /** 0 when none was served. */
  readonly rate: number;
  /** What came of that rate. */
  readonly best?: T;
  readonly tried: readonly { readonly rate: number; readonly attempt: T }[];
}

/** Doubles until it fails (or halves until it does not), then halves the gap, in ratio, with the steps that are left. */
export async function highestRate<T>(search: RateSearch<T>): Promise<HighestRate<T>> {
  const { from, steps, attempt, isServed } = search;
  const tried: { rate: number; attempt: T }[] = [];
  let served: { rate: number; attempt: T } | undefined;
  let tooMuch: number | undefined;
  let mayRepeat = search.repeatsFirstFailure ?? false;
  for (let n = 0, rate = from; n < steps; ) {
    const one = { rate, attempt: await attempt(rate) };
    tried.push(one);
    const holds = isServed(one.attempt);
    if (!holds && mayRepeat) {
      mayRepeat = false;
      continue;
    }
    if (holds) served = one;
    else tooMuch = rate;
    n++;
    rate = nextRate(served?.rate, tooMuch);
  }
  return { rate: served?.rate ?? 0, ...(served && { best: served.attempt }), tried };
}

function nextRate(served: number | undefined, tooMuch: number | undefined): number {
  if (served === undefined) return (tooMuch as number) / 2;
  return tooMuch === undefined ? served * 2 : Math.round(Math.sqrt(served * tooMuch));
}
