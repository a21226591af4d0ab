import { Failure } from '@gapless/shared/errors';

/** RFC 3339 knows leap seconds, `Date` does not: what is no moment to it is refused before anything is made of it. */
export function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Failure('invalid_request', { detail: 'No leap seconds, please' });
  return time;
}
