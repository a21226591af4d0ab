import type { LoggedEvent } from '@gapless/shared/bus';
import {
  bareId,
  type ClientId,
  type EventRow,
  eventRowId,
  isClientId,
  isEmoji,
  isId,
  type UserId,
} from '@gapless/shared/schema';
import { isObject, isSequence, readBody } from './body.ts';

export const unwritable = {
  too_big: 'larger than any event may be',
  not_json: 'not one JSON object in UTF-8',
  wrong_shape: 'lacks what every event has',
  wrong_room: 'names another room than its subject',
  no_target: 'changes a message that is not there',
  refused: 'is refused by a rule of the database',
} as const;

export type Unwritable = keyof typeof unwritable;
export type ReadEvent = { readonly row: EventRow } | { readonly reason: Unwritable };

/** Nothing that an edge or the api makes comes near it; MongoDB's own limit is 16 times as far. */
export const maxEventBytes = 1024 * 1024;
/** The last instant that a date can name. */
const lastInstant = 8.64e15;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The row of a logged event, or why it can never be one. Same event, same row. */
export function readEvent(event: LoggedEvent): ReadEvent {
  if (event.bytes.byteLength > maxEventBytes) return { reason: 'too_big' };
  const raw = decoded(event.bytes);
  const fields = raw === undefined ? undefined : parsed(raw);
  if (raw === undefined || fields === undefined) return { reason: 'not_json' };
  const { v, t, r, u, at, c } = fields;
  const room = bareId(event.room);
  if (r !== room) return { reason: typeof r === 'string' ? 'wrong_room' : 'wrong_shape' };
  const whole = isSequence(v) && isKind(t) && typeof u === 'string' && isId(u) && isInstant(at);
  if (!whole || !isClientIdOrNone(c)) return { reason: 'wrong_shape' };
  if (v === 1 && !isShapely(fields, event.seq)) return { reason: 'wrong_shape' };
  const body = v === 1 && t === 'msg' ? readBody(fields['b']) : undefined;
  return {
    row: {
      _id: eventRowId(room, event.seq),
      r: room,
      s: event.seq,
      u: u as UserId,
      k: t,
      ...(c === undefined ? {} : { c }),
      ...(event.op === undefined ? {} : { op: event.op }),
      at: new Date(at),
      raw,
      ...(v === 1 && changeKinds.has(t) ? { m: fields['m'] as number } : {}),
      ...(body === undefined ? {} : { ...threadOf(event, fields), cur: body }),
      ver: event.seq,
    },
  };
}

/** Kinds of events that change a message. */
export const changeKinds: ReadonlySet<string> = new Set(['edit', 'del', 'react', 'pin', 'link']);

/** What a known kind must have beside what every event has. */
function isShapely(fields: Readonly<Record<string, unknown>>, seq: number): boolean {
  const { t, c, m, b, e, on, l } = fields;
  if (t === 'msg') return c !== undefined && readBody(b) !== undefined;
  if (t === 'app') return typeof fields['n'] === 'string';
  if (!changeKinds.has(String(t))) return true;
  if (!isSequence(m) || m >= seq) return false;
  if (t === 'del') return true;
  if (t === 'link') return isObject(l) && typeof l['url'] === 'string' && typeof l['title'] === 'string';
  if (c === undefined) return false;
  if (t === 'edit') return readBody(b) !== undefined;
  return (t === 'pin' || (typeof e === 'string' && isEmoji(e))) && (on === 0 || on === 1);
}

/** What begins a thread stands before its replies: a number that does not is no thread, and the message one like others. */
function threadOf({ room, seq }: LoggedEvent, { re, also }: Readonly<Record<string, unknown>>) {
  if (!isSequence(re) || re >= seq) return {};
  return { th: eventRowId(room, re), ...(also === 1 ? { also: true as const } : {}) };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function parsed(raw: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isKind = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 32;
const isInstant = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= lastInstant;
const isClientIdOrNone = (value: unknown): value is ClientId | undefined =>
  value === undefined || (typeof value === 'string' && isClientId(value));
