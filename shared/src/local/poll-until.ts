import { sleep } from '../runtime/index.ts';

const pollMs = 50;

/** Asks again until the answer is yes or `signal` aborts; the caller sets the deadline. */
export async function pollUntil(isTrue: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isTrue())) await sleep(pollMs, signal);
}
