/** What belongs together: the letters of a Korean syllable that was taken apart, or a character and the marks on it. */
const unit = /[\u1100-\u115f\ua960-\ua97c][\u1160-\u11ff\ud7b0-\ud7fb]*|.[\p{M}\uff9e\uff9f]*/gsu;
const ascii = /^[\0-\x7f]*$/;
/** Shows nothing: joiners, soft hyphens, choosers of variants. */
const invisible = /\p{Default_Ignorable_Code_Point}/gu;
/** Of Latin, Greek, Cyrillic, Hebrew and Arabic, where a word is the same word without them; elsewhere marks are letters. */
const accents = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;
const katakana = /[\u30a1-\u30f6\u30fd\u30fe]/g;
const hiraganaBelow = 0x60;
const letters = /[ßæœøđðłþıς’‘“”]/g;
const plain: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i', ς: 'σ' },
  ...{ '’': "'", '‘': "'", '“': '"', '”': '"' },
};

const maxKnown = 20_000;
/** A character with the marks that people write; longer ones are somebody's play, and would fill the memory. */
const maxKnownLength = 8;
const known = new Map<string, string>();

/** A text as it is compared: forms, case, accents and the two Japanese syllabaries made alike. */
export const fold = (text: string): string =>
  ascii.test(text) ? text.toLowerCase() : text.replace(unit, (part) => foldUnit(part));

export interface FoldedText {
  readonly text: string;
  /** The part of the original, in UTF-16 units, that this part of `text` was made of. */
  original(start: number, end: number): readonly [start: number, end: number];
}

/** The same, with the way back. */
export function foldTraceably(original: string): FoldedText {
  if (ascii.test(original)) return { text: original.toLowerCase(), original: (start, end) => [start, end] };
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (const { 0: part, index } of original.matchAll(unit)) {
    const folded = foldUnit(part);
    text += folded;
    for (let n = 0; n < folded.length; n++) {
      starts.push(index);
      ends.push(index + part.length);
    }
  }
  return { text, original: (start, end) => [starts[start] as number, ends[end - 1] as number] };
}

function foldUnit(part: string): string {
  const before = known.get(part);
  if (before !== undefined) return before;
  const folded = part
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(accents, '')
    .normalize('NFKC')
    .replace(invisible, '')
    .replace(letters, (letter) => plain[letter] as string)
    .replace(katakana, (letter) => String.fromCharCode(letter.charCodeAt(0) - hiraganaBelow));
  if (part.length > maxKnownLength) return folded;
  if (known.size >= maxKnown) known.clear();
  known.set(part, folded);
  return folded;
}
