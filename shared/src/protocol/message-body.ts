import { Failure } from '../errors/index.ts';
import { type CustomLimits, customFault, type EditedBody, type MessageBody, type NewBody } from '../schema/index.ts';
import { refuseUnfitText } from './message-text.ts';

/** Names that mean something to JavaScript or to a store, and would not come back as they went. */
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '_bsontype']);
const unfitKey = /^$|^\$|[.\0]|\p{Cs}/u;
const keyChars = 64;

/** Of `custom` of a message, which is kept as fields. */
export const customLimits: CustomLimits = {
  bytes: 2_048,
  levels: 4,
  keys: 50,
  isKey: (key) => key.length <= keyChars && !unfitKey.test(key) && !reserved.has(key),
  keyRule: `has keys of 1 to ${keyChars} characters, with no dot, no \`$\` in front, and no reserved word`,
};

/** Refuses a body of which any part does not fit. */
export function refuseUnfitBody({ text, custom, files = [] }: NewBody, limit: number): void {
  if (text !== '' || files.length === 0) refuseUnfitText(text, limit);
  if (custom !== undefined) refuseUnfitCustom(custom);
}

/** Whether the text may be empty only who knows the message's files can say. */
export function refuseUnfitEdit({ text, custom }: EditedBody, limit: number): void {
  if (text !== '') refuseUnfitText(text, limit);
  if (custom !== undefined && custom !== null) refuseUnfitCustom(custom);
}

/** Of an edit, behind all that stays of the message. */
export function refuseNothingToShow({ text, files = [] }: MessageBody): void {
  if (text === '' && files.length === 0) throw new Failure('invalid_request', { detail: 'A message needs a text' });
}

/** Refuses what would not survive on its way as it is: too much, too deep, or keys and values that no store keeps. */
export function refuseUnfitCustom(custom: Readonly<Record<string, unknown>>): void {
  const fault = customFault(custom, customLimits);
  if (fault === undefined) return;
  throw new Failure(fault.isTooLarge ? 'body_too_large' : 'invalid_request', { detail: `\`custom\` ${fault.reason}` });
}
