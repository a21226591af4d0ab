import { Failure } from '../errors/index.ts';
import type { EditedBody, MessageBody, NewBody } from '../schema/index.ts';
import { refuseUnfitText } from './message-text.ts';

/** Of `custom`: bytes of its JSON, levels, and keys of all its objects together. */
export const customLimits = { bytes: 2_048, levels: 4, keys: 50, keyChars: 64 } as const;

/** Names that mean something to JavaScript or to a store, and would not come back as they went. */
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '_bsontype']);
const unfitKey = /^$|^\$|[.\0]|\p{Cs}/u;
const halfCodePoint = /\p{Cs}/u;
const encoder = new TextEncoder();

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
  const keys = countKeys(custom, customLimits.levels);
  if (keys > customLimits.keys) throw unfit(`\`custom\` may have ${customLimits.keys} keys`);
  const json = JSON.stringify(custom);
  const isLonger = json.length > customLimits.bytes || encoder.encode(json).byteLength > customLimits.bytes;
  if (isLonger) {
    throw new Failure('body_too_large', { detail: `\`custom\` may have ${customLimits.bytes} bytes of JSON` });
  }
}

/** Keys of all objects within, each looked at. */
function countKeys(value: unknown, levelsLeft: number): number {
  if (typeof value === 'string' && halfCodePoint.test(value)) throw unfit('`custom` holds half a code point');
  if (typeof value === 'number' && !Number.isFinite(value)) throw unfit('`custom` holds a number that is too large');
  if (typeof value !== 'object' || value === null) return 0;
  if (levelsLeft === 0) throw unfit(`\`custom\` may nest ${customLimits.levels} levels`);
  if (Array.isArray(value)) return sum(value.map((item) => countKeys(item, levelsLeft - 1)));
  return sum(Object.entries(value).map(([key, item]) => keyCount(key) + countKeys(item, levelsLeft - 1)));
}

function keyCount(key: string): 1 {
  if (key.length > customLimits.keyChars || unfitKey.test(key) || reserved.has(key)) {
    throw unfit('A key of `custom` has 1 to 64 characters, no dot, no `$` in front, and is no reserved word');
  }
  return 1;
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

const unfit = (detail: string): Failure => new Failure('invalid_request', { detail });
