import { ChatError } from './chat-error.ts';
import type { Clock } from './clock.ts';

/** Rejects with `unavailable` when `work`, the application's own, takes longer or fails. */
export function within<T>(what: string, deadlineMs: number, clock: Clock, work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs, () => {
      reject(new ChatError('unavailable', `${what} took longer than ${deadlineMs} ms`));
    });
    // A promise's executor turns what `work` throws at once into a rejection.
    new Promise<T>((done) => done(work())).then(
      (value) => {
        cancel();
        resolve(value);
      },
      (cause: unknown) => {
        cancel();
        reject(new ChatError('unavailable', `${what} failed`, { cause }));
      },
    );
  });
}
