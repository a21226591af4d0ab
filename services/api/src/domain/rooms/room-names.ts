import { Failure } from '@gapless/shared/errors';

/** Where a joiner is spelling: between the parts of an emoji, behind a mark, between Arabic letters. */
const spelling = [
  String.raw`(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{M})[\u200c\u200d](?=\p{L})`,
  String.raw`(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})`,
];
/** What shows nothing, or turns the direction of what stands beside it: controls, formats, halves, empty letters. */
const invisible = String.raw`[\p{Cc}\p{Cf}\p{Cs}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5`;
const hidden = new RegExp(`(?!${spelling.join('|')})(?:${invisible})`, 'gu');

/** A line that shows what it is: nothing invisible in it, and one space between words. */
const cleanLine = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(hidden, '').replace(/ +/g, ' ').trim().normalize('NFC');

/** The name in the spelling in which it is kept; refuses one of which nothing is left. */
export function readRoomName(text: string): string {
  const name = cleanLine(text);
  if (name === '') throw new Failure('invalid_request', { detail: 'A room needs a name that can be seen' });
  return name;
}

export const readTopic = cleanLine;

/** Names that people read as the same are found alike. */
export const roomNameKey = (name: string): string => cleanLine(name).normalize('NFKC').toLowerCase().normalize('NFKC');
