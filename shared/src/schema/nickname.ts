import { lookOf } from './confusables.ts';
import { codePoints } from './text.ts';

export const nicknameBounds = { least: 2, most: 30 } as const;

/** Scripts in living use everywhere (Unicode's recommended ones). Those of one row may stand together in a name. */
const scriptsTogether = [
  ['Latin', 'Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Hangul'],
  ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek', 'Gujarati'],
  ...['Gurmukhi', 'Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu'],
  ...['Thaana', 'Thai', 'Tibetan'],
].map((scripts) => {
  const classes = [scripts, 'Common', 'Inherited'].flat().map((script) => `\\p{Script=${script}}`);
  return new RegExp(`^[${classes.join('')}]+$`, 'u');
});

/** Korean letters alone, as in ㅋㅋ: their compatibility form would be drawn otherwise. */
const koreanLetter = /[\u3131-\u318e]/;
const fits = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_.-]*(?<![.-])$/u;
/** Letters that show nothing, and parts of Korean syllables that stand alone. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/u;
const piledUp = /\p{M}{4}/u;

/** What a mention of everybody is written with; nobody is called like that. */
const reserved = new Set(['all', 'everyone', 'here'].map(lookOf));

/** The spelling under which a nickname is kept and shown: wide, narrow, mathematical and circled letters become plain ones. */
export const spellNickname = (text: string): string =>
  [...text.normalize('NFC')]
    .map((char) => (koreanLetter.test(char) ? char : char.normalize('NFKC')))
    .join('')
    .normalize('NFC');

/** Why a nickname, in its spelling, is none; `undefined` where it is one. Never repeats it: it may not be fit to show. */
export function nicknameFault(nickname: string): string | undefined {
  const length = codePoints(nickname);
  const { least, most } = nicknameBounds;
  if (length < least || length > most) return `A nickname has ${least} to ${most} characters`;
  if (!fits.test(nickname) || invisible.test(nickname) || piledUp.test(nickname))
    return 'A nickname is made of letters and digits, and of `_`, `.`, `-` between them';
  if (!scriptsTogether.some((row) => row.test(nickname)) || digitSystems(nickname) > 1)
    return 'A nickname is written in one script, or in those of Korean, Japanese and Chinese with Latin';
  if (reserved.has(nicknameLook(nickname))) return 'This nickname stands for everybody';
  return undefined;
}

/** The digits of one system lie side by side, sixteen to a row of the code charts. */
const digitSystems = (text: string): number =>
  new Set((text.match(/\p{Nd}/gu) ?? []).map((digit) => (digit.codePointAt(0) ?? 0) >> 4)).size;

/** Nicknames that people see as the same: `аdmin`, its first letter Cyrillic, has the look of `admin`. */
export const nicknameLook = (nickname: string): string => lookOf(spellNickname(nickname));
