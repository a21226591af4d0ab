import { fold, foldTraceably } from './fold.ts';
import { gramsToHave, maxQueryGrams } from './grams.ts';
import { beginsWord, isWordStart, runsOf } from './runs.ts';

/** What somebody looks for: every part of it, wherever it stands. */
export interface SearchQuery {
  readonly parts: readonly Part[];
  /** Every text that is found has all of them. Longer ones, of which fewer texts have each, come first. */
  readonly grams: readonly string[];
}

interface Part {
  readonly text: string;
  /** Begins with a letter of a word: found only where a word begins. */
  readonly isWord: boolean;
}

/** A place in a text, in UTF-16 units. */
export type Span = readonly [start: number, length: number];

/** Places of one part that are told. */
const maxPlaces = 20;

/** `undefined` when there is nothing in it to look for: no letter, no digit, no emoji. */
export function readQuery(text: string): SearchQuery | undefined {
  const words = new Set(fold(text).split(/\s+/u));
  const grams = new Set<string>();
  const parts: Part[] = [];
  for (const word of words) {
    const runs = [...runsOf(word)];
    if (runs.length === 0) continue;
    parts.push({ text: word, isWord: beginsWord(word) });
    for (const gram of runs.flatMap(gramsToHave)) grams.add(gram);
  }
  if (parts.length === 0) return undefined;
  const longestFirst = [...grams].sort((a, b) => b.length - a.length);
  return { parts, grams: longestFirst.slice(0, maxQueryGrams) };
}

/** Where a text has what is looked for, in rising order and apart from each other; `undefined` when it lacks some of it. */
export function placesIn(text: string, { parts }: SearchQuery): Span[] | undefined {
  const folded = foldTraceably(text);
  const found: [number, number][] = [];
  for (const part of parts) {
    const places = placesOf(part, folded.text);
    if (places.length === 0) return undefined;
    for (const start of places) found.push([...folded.original(start, start + part.text.length)]);
  }
  return apart(found.sort(([a], [b]) => a - b));
}

function placesOf({ text, isWord }: Part, folded: string): number[] {
  const places: number[] = [];
  for (let at = folded.indexOf(text); at >= 0 && places.length < maxPlaces; ) {
    const isPlace = !isWord || isWordStart(folded, at);
    if (isPlace) places.push(at);
    at = folded.indexOf(text, at + (isPlace ? text.length : 1));
  }
  return places;
}

function apart(ranges: readonly [start: number, end: number][]): Span[] {
  const joined: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined.map(([start, end]) => [start, end - start]);
}
