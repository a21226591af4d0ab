import { ChatError } from './chat-error.ts';

/** Rejects with `unavailable` when `work` takes longer. */
export async function within<T>(what: string, deadlineMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new ChatError('unavailable', `${what} took longer than ${deadlineMs} ms`));
    timer = setTimeout(fail, deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
