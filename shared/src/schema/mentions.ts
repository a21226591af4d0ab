import { nicknameKey } from './nickname-key.ts';

/** Names that a text calls; more than that are not heard. */
export const maxMentions = 20;
/** In place of a nickname: everybody of the room. */
export const everybody = 'all';

/** Letters of languages that join names to what stands around them without a space. */
const joined = '\\p{Script=Hangul}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}';
/** As long as a nickname may be. What stands before an `@` within an address or a path makes it none. */
const call = new RegExp(
  `(?<!(?![${joined}])[\\p{L}\\p{N}\\p{M}_+@/-])@([\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]{1,29})(?=(.?))`,
  'gsu',
);
const code = /```[\s\S]*?```|`[^`\n]*`/g;
const ends = new RegExp(`[_.${joined}-]`, 'u');
const goesOn = /[\p{L}\p{N}\p{M}_]/u;

/**
 * Whom a text calls with `@`, each by the keys of the names that it may stand for: the first one that there is counts. Not in
 * code, not in addresses.
 */
export function mentionsIn(text: string): readonly (readonly string[])[] {
  if (!text.includes('@')) return [];
  const found = new Map<string, readonly string[]>();
  for (const [, word = '', next = ''] of text.normalize('NFC').replace(code, ' ').matchAll(call)) {
    if (found.size === maxMentions) break;
    const keys = next === '@' ? [] : readings(word, next).map(nicknameKey);
    if (keys[0] !== undefined) found.set(keys[0], keys);
  }
  return [...found.values()];
}

/** The whole word, then what is left of it without the marks of a sentence, or without what is joined to a name. */
function readings(word: string, next: string): string[] {
  const letters = [...word, next];
  const found = goesOn.test(next) && !ends.test(next) ? [] : [word];
  for (let end = letters.length - 2; end >= 2; end--) {
    if (ends.test(letters[end] as string)) found.push(letters.slice(0, end).join(''));
  }
  return found;
}
