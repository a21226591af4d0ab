import { commands, isCallable } from '@gapless/shared/commands';
import { frameBytesFor, jsonSchemas, maxDepth } from '@gapless/shared/protocol';
import type { Random } from '../guarantee/random.ts';
import { fromSchema, type Known, type Schema } from './from-schema.ts';
import { hostileNames, hostileValue, nested } from './hostile.ts';

/** One frame as it goes out, and what must come back. */
export interface MadeFrame {
  readonly data: string | Buffer;
  readonly binary: boolean;
  /** The number that it asks to be answered under. */
  readonly i: number | undefined;
  /** Whoever keeps the protocol answers it, once. */
  readonly mustAnswer: boolean;
}

const schemas = jsonSchemas().client as Record<string, Schema>;
const ops = Object.keys(schemas);
/** Those that an edge answers by itself more often, since most are to reach the edge; `hello` rarely: it is answered with much. */
const weighted = [
  ...ops.filter((op) => op !== 'hello'),
  ...Array(3).fill(['send', 'read', 'recv', 'typing', 'here', 'leave', 'unwatch', 'ping']).flat(),
];
/** They would end what the run needs. */
const ending =
  /^(auth|sessions)\.|^rooms\.(delete|leave|archive|freeze|handOver|remove|ban|mute)$|^me\..*(Password|Email)$/;
const callable = Object.keys(commands).filter((name) => isCallable(name) && !ending.test(name));
const frameBytes = frameBytesFor(1_000);

type Fields = Record<string, unknown>;
type Change = (frame: Fields, random: Random) => string | Buffer;

const json = (value: unknown): string => JSON.stringify(value);
const keyOf = (frame: Fields, random: Random) => random.pick(Object.keys(frame).filter((key) => key !== 'i'));

/** Each makes one frame that is none of the protocol's, or nearly one. */
const changes: readonly Change[] = [
  (frame, random) => json({ ...frame, [keyOf(frame, random)]: hostileValue(random) }),
  (frame, random) => json({ ...frame, [keyOf(frame, random)]: hostileValue(random) }),
  (frame, random) => {
    const { [keyOf(frame, random)]: _, ...rest } = frame;
    return json(rest);
  },
  (frame, random) => json(frame).replace('{', `{${json(random.pick(hostileNames))}:${json(hostileValue(random))},`),
  (frame, random) =>
    json({ ...frame, b: { ...(frame['b'] as object), [random.pick(hostileNames)]: hostileValue(random) } }),
  (frame, random) => json({ ...frame, custom: nested(random.between(1, 60)) }),
  (frame, random) => json({ ...frame, t: random.pick([...ops, ...hostileNames, 'fly', 'SEND', 'msg', 'hi']) }),
  (frame, random) => json({ ...frame, i: hostileValue(random) }),
  (frame) => json({ ...frame, i: undefined }),
  (frame, random) => json(frame).slice(0, random.between(0, json(frame).length)),
  (frame, random) => json(frame).replace('{', `{"t":${json(random.pick(ops))},"i":1,`),
  (frame, random) => spliced(json(frame), random),
  (frame, random) => ` \n${json(frame)}${random.pick(['', ' ', '\0', '}', ',{}', '\ufeff'])}`,
  (frame, random) => json({ ...frame, pad: 'x'.repeat(random.between(1, 12_000)) }),
  (_frame, random) => '['.repeat(random.between(1, 5_000)),
  (_frame, random) =>
    random.pick(['', '{}', '[]', 'null', '1', '"t"', 'true', '{"t":null}', '{"i":1}', '\0', '{"t":"send"']),
];

/** After these WebSocket itself says that the connection ends: text that is none, more than any frame may have. */
const endings: readonly Change[] = [
  (frame, random) => Buffer.concat([Buffer.from(json(frame)), Buffer.alloc(random.between(1, 3), 0xff)]),
  (frame) => json({ ...frame, pad: 'x'.repeat(20 * frameBytes) }),
];

/** Frames without end, the same ones from the same chance. */
export function createFrames(random: Random, known: Known) {
  const valid = (op: string, i: number): Fields => {
    const frame = { ...(fromSchema(schemas[op] as Schema, '', random, known) as Fields), t: op, i };
    if (op !== 'call') return frame;
    const name = random.pick(callable);
    const { parameters } = commands[name as keyof typeof commands];
    return { ...frame, m: name, p: fromSchema(parameters as Schema, '', random, known) };
  };
  return (i: number): MadeFrame => {
    const frame = valid(random.chance(0.02) ? 'hello' : random.pick(weighted), i);
    const change = random.pick(random.chance(0.0005) ? endings : changes);
    const data = random.chance(0.15) ? json(frame) : change(frame, random);
    return judged(data, random.chance(0.02));
  };
}

/** What of it the protocol says must be answered: one object that is not too long or too deep, with a number to answer. */
function judged(data: string | Buffer, binary: boolean): MadeFrame {
  const none = { data, binary, i: undefined, mustAnswer: false };
  const value = parsed(String(data));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return none;
  const { i, t, more } = value as Fields;
  if (!Number.isSafeInteger(i) || (i as number) < 0) return none;
  const isReadable =
    Buffer.byteLength(data) <= frameBytes && depthOf(String(data)) <= maxDepth && !binary && !Buffer.isBuffer(data);
  return { data, binary, i: i as number, mustAnswer: isReadable && !(t === 'hello' && more === 1) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of the text: a key that comes twice is one in the value, and the deeper of the two may be gone. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  for (const [part] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (part === '{' || part === '[') deepest = Math.max(deepest, ++depth);
    else if (part === '}' || part === ']') depth--;
  }
  return deepest;
}

function spliced(text: string, random: Random): string {
  const at = random.between(0, text.length - 1);
  return (
    text.slice(0, at) +
    random.pick(['"', '{', '}', ',', ':', '\\', '\\u', '0', '-', 'e', '\ud83d', '']) +
    text.slice(at + 1)
  );
}
