import { Failure } from '@gapless/shared/errors';

/** Entity tags (RFC 9110 §8.8.3) of what has a version: the version itself, always a strong tag. */

export const tagOf = (version: number): string => `"${version}"`;

/** Each tag of a list; what is no tag is not there. */
const tagsIn = (list: string): readonly string[] => list.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g) ?? [];

const isAny = (list: string): boolean => list.trim() === '*';

/**
 * The versions that `If-Match` allows, `undefined` for every one. A weak tag never matches, nor one that is none of ours: what
 * is left may be nothing.
 */
export function versionsAllowed(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || isAny(ifMatch)) return undefined;
  return tagsIn(ifMatch)
    .flatMap((tag) => /^"(\d{1,15})"$/.exec(tag)?.[1] ?? [])
    .map(Number)
    .slice(0, maxVersions);
}

/** Each one may cost an attempt. */
const maxVersions = 10;

/** Whether `If-None-Match` names it; weak tags count. */
export const isKnown = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch !== undefined &&
  (isAny(ifNoneMatch) || tagsIn(ifNoneMatch).some((known) => known.replace(/^W\//, '') === tag));

/** Carries out what was asked if the present version is one of these: one after the other, since a command knows one only. */
export async function ifVersionIs<T>(
  versions: readonly number[] | undefined,
  carryOut: (condition: { readonly ifVersion?: number }) => Promise<T>,
): Promise<T> {
  if (versions === undefined) return carryOut({});
  let stale = new Failure('stale', { detail: 'Not an ETag of this resource' });
  for (const ifVersion of versions) {
    try {
      return await carryOut({ ifVersion });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'stale') throw error;
      stale = error;
    }
  }
  throw stale;
}
