/** NUL, and half a code point: stores and logs would each make something else of it. */
const broken = /[\0\p{Cs}]/u;

/** Whether every text in it, names of fields included, is one that can be kept as it is. Nests as deep as its reader allows. */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !broken.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => !broken.test(name) && isWellFormed(inner));
}
