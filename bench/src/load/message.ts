import { randomBytes } from 'node:crypto';
import { digitAt, digitsAt, isAt } from './bytes.ts';

/** Every text is this long and begins with the microsecond at which it was due, so that receivers find it unparsed. */
export const textBytes = 100;
const stampDigits = 16;
const padding = ' the quick brown fox jumps over the lazy dog'.repeat(3).slice(0, textBytes - stampDigits);
/** What stands behind the text in every event: `"}}`. */
const tailBytes = 3;

const textDueAt = (dueUs: number): string => Math.round(dueUs).toString().padStart(stampDigits, '0') + padding;

/** The microsecond at which a text was due. */
export const stampOf = (text: string): number => Number.parseInt(text.slice(0, stampDigits), 10);

export const helloFrame = (token: string, room: string | undefined): string =>
  JSON.stringify({ t: 'hello', i: 0, tok: token, rooms: room === undefined ? 'none' : [room] });

export const sendFrame = (i: number, room: string, clientId: string, dueUs: number, more = ''): string =>
  `{"t":"send","i":${i},"r":"${room}","c":"${clientId}","b":{"text":"${textDueAt(dueUs)}${more}"}}`;

/** Client ids in the form of UUIDv7, each given once: clients of this kind are what servers are made for. */
export function createClientIds(): () => string {
  const run = randomBytes(3).toString('hex');
  let count = 0;
  return () => {
    const time = Date.now().toString(16).padStart(12, '0');
    const number = (count++).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${run.slice(0, 3)}-8${run.slice(3)}-${number}`;
  };
}

export interface ScannedEvent {
  seq: number;
  prev: number;
  dueUs: number;
}

const prevKey = Buffer.from(',"p":');

/**
 * Reads `{"s":<seq>,"p":<prev>,…"b":{"text":"<stamp>…"}}` without parsing; `false` when it is no such event. It is done for every
 * delivery, so it counts digits itself: what `digitsAt` answers would be garbage each time.
 */
export function scanEvent(bytes: Buffer, start: number, end: number, into: ScannedEvent): boolean {
  let at = start + 5;
  let seq = 0;
  for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, ++at)) seq = seq * 10 + digit;
  if (!isAt(bytes, at, prevKey)) return false;
  at += prevKey.length;
  let prev = 0;
  for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, ++at)) prev = prev * 10 + digit;
  const dueUs = scanStamp(bytes, at, end);
  if (dueUs < 0 || seq === 0) return false;
  into.seq = seq;
  into.prev = prev;
  into.dueUs = dueUs;
  return true;
}

/** The microsecond at which the text was due that ends an event, numbered or not; -1 when none ends it. */
export function scanStamp(bytes: Buffer, start: number, end: number): number {
  const stampAt = end - tailBytes - textBytes;
  if (stampAt <= start) return -1;
  let dueUs = 0;
  for (let n = 0; n < stampDigits; n++) {
    const digit = digitAt(bytes, stampAt + n);
    if (digit < 0) return -1;
    dueUs = dueUs * 10 + digit;
  }
  return dueUs;
}

/** Events begin with their number, everything else with its kind. */
export const isEvent = (bytes: Buffer, start: number): boolean =>
  bytes[start + 2] === 0x73 && bytes[start + 3] === 0x22;

const ok = Buffer.from('{"t":"ok","i":');

/** Number of the request that an `ok` answers; -1 when it is no `ok`. */
export function scanOk(bytes: Buffer, start: number): number {
  if (!isAt(bytes, start, ok)) return -1;
  return digitsAt(bytes, start + ok.length)[0];
}
