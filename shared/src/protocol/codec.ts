import { Compile } from 'typebox/compile';
import type { ErrorCode } from '../errors/index.ts';
import { type ClientFrame, type ClientOp, clientFrames } from './client-frames.ts';
import { nestsDeeper } from './json-depth.ts';
import { maxDepth } from './limits.ts';
import type { ServerFrame } from './server-frames.ts';

export type Parsed =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly code: ErrorCode; readonly msg: string; readonly i?: number };

const validators = Object.fromEntries(
  Object.entries(clientFrames).map(([op, schema]) => [op, Compile(schema)]),
) as unknown as Record<ClientOp, { Check(value: unknown): boolean }>;

const isOp = (t: unknown): t is ClientOp => typeof t === 'string' && Object.hasOwn(validators, t);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses a client's frame; whatever it holds, the answer is a frame or an error from the table. */
export function parseClientFrame(bytes: Uint8Array, maxBytes: number): Parsed {
  if (bytes.byteLength > maxBytes) return refuse('too_large', `A frame may have ${maxBytes} bytes`);
  if (nestsDeeper(bytes, maxDepth)) return refuse('bad_frame', `JSON may nest ${maxDepth} levels`);
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('bad_frame', 'A frame is one JSON object');
  }
  const { t, i } = value as { t?: unknown; i?: unknown };
  const reply = Number.isSafeInteger(i) && (i as number) >= 0 ? (i as number) : undefined;
  if (typeof t !== 'string') return refuse('bad_frame', '`t` names the operation', reply);
  if (!isOp(t)) return refuse('unknown_op', 'No such operation', reply);
  if (!validators[t].Check(value)) return refuse('bad_frame', `Not a valid \`${t}\` frame`, reply);
  return { ok: true, frame: value as ClientFrame };
}

/** One JSON text for one frame; the same string goes to every receiver. */
export const encodeFrame = (frame: ServerFrame): string => JSON.stringify(frame);

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function refuse(code: ErrorCode, msg: string, i?: number): Parsed {
  return i === undefined ? { ok: false, code, msg } : { ok: false, code, msg, i };
}
