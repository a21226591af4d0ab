/** Looks for the highest rate that is still served. */
export interface RateSearch<T> {
  /** Where it begins; it may go below. */
  readonly from: number;
  /** Tries, all in all. */
  readonly steps: number;
  readonly attempt: (rate: number) => Promise<T>;
  readonly isServed: (attempt: T) => boolean;
}

export interface HighestRate<T> {
  /** 0 when none was served. */
  readonly rate: number;
  /** What came of that rate. */
  readonly best?: T;
  readonly tried: readonly { readonly rate: number; readonly attempt: T }[];
}

/** Doubles until it fails (or halves until it does not), then halves the gap, in ratio, with the steps that are left. */
export async function highestRate<T>({ from, steps, attempt, isServed }: RateSearch<T>): Promise<HighestRate<T>> {
  const tried: { rate: number; attempt: T }[] = [];
  let served: { rate: number; attempt: T } | undefined;
  let tooMuch: number | undefined;
  for (let n = 0, rate = from; n < steps; n++) {
    const one = { rate, attempt: await attempt(rate) };
    tried.push(one);
    if (isServed(one.attempt)) served = one;
    else tooMuch = rate;
    rate = nextRate(served?.rate, tooMuch);
  }
  return { rate: served?.rate ?? 0, ...(served && { best: served.attempt }), tried };
}

function nextRate(served: number | undefined, tooMuch: number | undefined): number {
  if (served === undefined) return (tooMuch as number) / 2;
  return tooMuch === undefined ? served * 2 : Math.round(Math.sqrt(served * tooMuch));
}
