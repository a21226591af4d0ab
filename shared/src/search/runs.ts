/** Scripts that set no space between words, or join to a word what another language sets beside it. */
const scripts = ['Hangul', 'Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar'];
const joinedScripts = `[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]`;
const letter = '[\\p{L}\\p{N}\\p{M}_]';
const emoji = '[\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]';
const joined = `(?:(?=${letter})${joinedScripts}|${emoji})`;
const word = `(?:(?!${joinedScripts})${letter})`;

const runs = new RegExp(`(?<joined>${joined}+)|${word}+`, 'gu');
/** Nothing is joined there, and what a word is takes a fifth of the time to find. */
const ascii = /^[\0-\x7f]*$/;
const asciiWords = /\w+/g;
const startsWith = { word: new RegExp(`^${word}`, 'u'), joined: new RegExp(`^${joined}`, 'u') };
const endsWith = { word: new RegExp(`${word}$`, 'u'), joined: new RegExp(`${joined}$`, 'u') };
const wordsThemselves = new RegExp(`^(?:\\p{Script=Han}|${emoji})$`, 'u');

/** Characters of a folded text that stand together. */
export interface Run {
  readonly text: string;
  readonly characters: readonly string[];
  /** Found by any part of it, if that is more than one character; a word by its beginning. */
  readonly isJoined: boolean;
}

export function* runsOf(folded: string): Generator<Run> {
  for (const { 0: text, groups } of folded.matchAll(ascii.test(folded) ? asciiWords : runs)) {
    yield { text, characters: [...text], isJoined: groups?.['joined'] !== undefined };
  }
}

/** A character that is a word by itself, whatever stands beside it. */
export const isWordItself = (character: string): boolean => wordsThemselves.test(character);

export type Kind = 'word' | 'joined';

/** Of which kind the run is with which a text begins. */
export const kindAtStart = (folded: string): Kind | undefined =>
  startsWith.word.test(folded) ? 'word' : startsWith.joined.test(folded) ? 'joined' : undefined;

/** Whether a run of that kind that goes on at that place begins there. */
export const isRunStart = (folded: string, at: number, kind: Kind): boolean =>
  !endsWith[kind].test(folded.slice(Math.max(0, at - 2), at));
