import type { UserId } from '../schema/index.ts';
import { fold } from './fold.ts';
import { type Run, runsOf } from './runs.ts';

/** Raised when the same text has other grams than before: what was projected has to be projected anew. */
export const gramsVersion = 1;

/** Of one text. What stands behind them is not found: behind some 1,000 characters of Latin, at least 400 of Korean. */
export const maxGrams = 800;
/** Of one query: what is found is looked at itself, so that these need not say all. */
export const maxQueryGrams = 32;

/** Beginnings of words that are kept. A longer one is looked for by the longest that it has. */
const beginnings = [1, 2, 3, 5, 8] as const;

/** What a text is found by: characters and pairs of them where words are joined, beginnings of words elsewhere. */
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
export function gramsToHave({ characters, isJoined }: Run): string[] {
  if (!isJoined) return [begin(characters, beginnings.findLast((length) => length <= characters.length) as number)];
  if (characters.length === 1) return [...characters];
  return characters.slice(1).map((character, n) => `${characters[n]}${character}`);
}

/** No text has it: who wrote a message. */
export const authorGram = (user: UserId): string => `by:${user}`;

function* keptOf({ characters, isJoined }: Run): Generator<string> {
  if (isJoined) {
    for (const [n, character] of characters.entries()) {
      yield character;
      if (n + 1 < characters.length) yield `${character}${characters[n + 1]}`;
    }
  } else {
    for (const length of beginnings) if (length <= characters.length) yield begin(characters, length);
  }
}

const begin = (characters: readonly string[], length: number): string => characters.slice(0, length).join('');
