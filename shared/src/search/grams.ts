import type { UserId } from '../schema/index.ts';
import { fold } from './fold.ts';
import { isWordItself, type Run, runsOf } from './runs.ts';

/** Raised when the same text has other grams than before: `rebuild-search` makes those of messages anew, a migration those of rooms. */
export const gramsVersion = 2;

/** Of one text. What stands behind them is not found: behind some 1,000 characters, at least 400. */
export const maxGrams = 800;
/** Of one query: what is found is looked at itself, so that these need not say all. */
export const maxQueryGrams = 32;

/**
 * How long the beginnings of words are that are kept, each an entry of the largest index; a longer one is looked for by the longest
 * that it has. 0 is one empty gram for any text that has a word: single letters are looked for by it.
 */
const beginnings = [0, 2, 4] as const;

/**
 * What a text is found by: beginnings of words; where words are joined pairs of characters, the first one, and those that are
 * words by themselves.
 */
export function gramsOf(...texts: readonly string[]): string[] {
  const grams = new Set<string>();
  for (const text of texts) {
    for (const run of runsOf(fold(text))) {
      for (const gram of keptOf(run)) {
        if (grams.size === maxGrams) return [...grams];
        grams.add(gram);
      }
    }
  }
  return [...grams];
}

/** What every text that has this run has among its grams: the longest of them. */
export function gramsToHave(run: Run): string[] {
  const { characters, isJoined } = run;
  if (!isJoined) return [begin(run, beginnings.findLast((length) => length <= characters.length) as number)];
  if (characters.length === 1) return [...characters];
  return characters.slice(1).map((character, n) => `${characters[n]}${character}`);
}

/** No text has it: who wrote a message. */
export const authorGram = (user: UserId): string => `by:${user}`;

function* keptOf(run: Run): Generator<string> {
  const { characters, isJoined } = run;
  if (isJoined) {
    for (const [n, character] of characters.entries()) {
      if (n === 0 || isWordItself(character)) yield character;
      if (n + 1 < characters.length) yield `${character}${characters[n + 1]}`;
    }
  } else {
    for (const length of beginnings) if (length <= characters.length) yield begin(run, length);
  }
}

/** Joining costs four times as much as cutting, and few characters are more than one unit of UTF-16. */
const begin = ({ text, characters }: Run, length: number): string =>
  text.length === characters.length ? text.slice(0, length) : characters.slice(0, length).join('');
