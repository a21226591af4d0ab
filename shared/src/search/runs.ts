/** Scripts that set no space between words, or join to a word what another language sets beside it. */
const scripts = ['Hangul', 'Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar'];
const joinedScripts = `[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]`;
const letter = '[\\p{L}\\p{N}\\p{M}_]';
const emoji = '[\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]';
const joined = `(?:(?=${letter})${joinedScripts}|${emoji})`;
const word = `(?:(?!${joinedScripts})${letter})`;

const runs = new RegExp(`(?<joined>${joined}+)|${word}+`, 'gu');
const startsWithWord = new RegExp(`^${word}`, 'u');
const endsWithWord = new RegExp(`${word}$`, 'u');

/** Characters of a folded text that stand together. */
export interface Run {
  readonly characters: readonly string[];
  /** Found by any part of it; a word by its beginning. */
  readonly isJoined: boolean;
}

export function* runsOf(folded: string): Generator<Run> {
  for (const { 0: text, groups } of folded.matchAll(runs)) {
    yield { characters: [...text], isJoined: groups?.['joined'] !== undefined };
  }
}

export const beginsWord = (folded: string): boolean => startsWithWord.test(folded);

/** Whether a word that stands at that place begins there. */
export function isWordStart(folded: string, at: number): boolean {
  return !endsWithWord.test(folded.slice(Math.max(0, at - 2), at));
}
