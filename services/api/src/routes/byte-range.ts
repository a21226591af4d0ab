import type { ByteRange } from '../domain/files/file-store.ts';

/**
 * The one range that a request asks for (RFC 9110 §14): `undefined` for all of it, also where the header is none that we
 * serve, as one of several ranges.
 */
export function byteRangeOf(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '')
    return Number(last) === 0 ? 'unsatisfiable' : within(Math.max(0, size - Number(last)), size - 1, size);
  // A range that ends before it begins is none.
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return within(Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1), size);
}

const within = (from: number, to: number, size: number): ByteRange | 'unsatisfiable' =>
  from < size ? { from, to } : 'unsatisfiable';
