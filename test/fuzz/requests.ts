import type { Contract } from '@gapless/shared/commands';
import type { Random } from '../guarantee/random.ts';
import type { FuzzedDoor } from './doors.ts';
import { fromSchema, type Schema } from './from-schema.ts';
import { hostileNames, hostileValue, nested } from './hostile.ts';

/** One request as it goes out: the bytes, and whether HTTP itself can make sense of them. */
export interface MadeRequest {
  readonly bytes: Buffer;
  /** Whole and well-formed: a problem or an answer must come back, on a connection that may go on. */
  readonly isHttp: boolean;
  /** What was asked for as it is asked for: what its answer has to be is known. */
  readonly contract?: Contract | undefined;
  readonly what: string;
}

type Values = Readonly<Record<string, unknown>>;

const otherPaths = [
  '/',
  '/openapi.json',
  '/docs',
  '/docs/',
  '/.well-known/jwks.json',
  '/v1',
  '/v2/me',
  '/healthz',
  '/metrics',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const types = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  '',
  ';',
];

const segments = [
  '%00',
  '%2f',
  '..%2f..',
  '%',
  '%zz',
  '%c0%af',
  '%ff',
  '.',
  '..',
  '*',
  'x'.repeat(600),
  '%F0%9F%91%8D',
  "'",
  '%0d%0aa:b',
  '__proto__',
];

const hostileSegment = (random: Random) => random.pick(segments);

/** Requests without end for every route of a door, the same ones from the same chance. */
export function createRequests(random: Random, { table, known, credentials }: FuzzedDoor) {
  const one = (): MadeRequest => {
    const [name, contract] = random.pick(table);
    const { method, path, parameters } = contract;
    const who = random.chance(0.95) ? credentials(contract, random) : [];
    if (random.chance(0.02)) return written(random, { name: 'upload', verb: 'POST', ...uploadOf(random), who });
    const values = fromSchema(parameters as Schema, '', random, known) as Values;
    const asked = changedMaybe(values, random);
    const isQuery = method === 'GET' || method === 'DELETE';
    const rest = random.chance(0.03) ? asked : without(asked, path);
    const isElsewhere = random.chance(0.05);
    const target = isElsewhere ? random.pick(otherPaths) : `/v1${pathOf(path, asked, random)}`;
    const query = isQuery || random.chance(0.05) ? queryOf(rest) : '';
    const body = isQuery && random.chance(0.9) ? undefined : bodyOf(rest, random);
    const verb = random.chance(0.05) ? random.pick(methods) : method;
    const meant = verb === method && !isElsewhere ? { contract } : {};
    return { ...written(random, { name, verb, target: `${target}${query}`, body, who }), ...meant };
  };
  return one;
}

/** What stands in the path stands nowhere else. */
const without = (asked: Values, path: string): Values =>
  Object.fromEntries(Object.entries(asked).filter(([key]) => !path.includes(`:${key}`)));

function changedMaybe(values: Values, random: Random): Values {
  if (random.chance(0.4)) return values;
  const changed: Record<string, unknown> = { ...values };
  for (const key of Object.keys(changed)) {
    if (random.chance(0.15)) delete changed[key];
    else if (random.chance(0.3)) changed[key] = hostileValue(random);
  }
  if (random.chance(0.1)) changed[random.pick(hostileNames)] = hostileValue(random);
  return changed;
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value)) ?? '';
/** Lone halves of code points cannot stand in an address. */
const inAddress = (value: unknown): string => encodeURIComponent(Buffer.from(textOf(value).slice(0, 900)).toString());

const pathOf = (path: string, asked: Values, random: Random): string =>
  path.replace(/:(\w+)/g, (_, key: string) =>
    random.chance(0.1) ? hostileSegment(random) : inAddress(asked[key]) || '%20',
  );

const queryOf = (asked: Values): string =>
  `?${Object.entries(asked)
    .slice(0, 40)
    .map(([key, value]) => `${inAddress(key)}=${inAddress(value)}`)
    .join('&')}`;

function bodyOf(asked: Values, random: Random): Buffer {
  const text = JSON.stringify(asked);
  const kind = random.between(0, 19);
  if (kind === 0) return Buffer.from(text.slice(0, random.between(0, text.length)));
  if (kind === 1) return Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe])]);
  if (kind === 2) return Buffer.from(text.replace('{', '{"__proto__":{"admin":true},'));
  if (kind === 3) return Buffer.from(JSON.stringify(nested(random.between(1, 2_000))));
  if (kind === 4) return Buffer.from(`{"x":${'9'.repeat(random.between(1, 400))}}`);
  if (kind === 5) return Buffer.alloc(random.between(0, 70_000), 'x');
  if (kind === 6) return Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  return Buffer.from(text);
}

/** One file in a form, or nearly one. */
function uploadOf(random: Random): Pick<Draft, 'target' | 'body' | 'type'> {
  const name = random.pick(['a.bin', '', '../x', 'ａ\0', 'x'.repeat(400)]);
  const head = `--x\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  const form = Buffer.concat([
    Buffer.from(head),
    Buffer.alloc(random.between(0, 3_000), 'y'),
    Buffer.from('\r\n--x--\r\n'),
  ]);
  const body = random.chance(0.5) ? form : form.subarray(0, random.between(0, form.length));
  return { target: '/v1/files', body, type: 'multipart/form-data; boundary=x' };
}

interface Draft {
  readonly name: string;
  readonly verb: string;
  readonly target: string;
  readonly body: Buffer | undefined;
  readonly who: readonly string[];
  readonly type?: string;
}

function written(random: Random, { name, verb, target, body, who, type = 'application/json' }: Draft): MadeRequest {
  const headers = [`host: api`, ...who];
  if (body !== undefined) headers.push(`content-type: ${random.chance(0.9) ? type : random.pick(types)}`);
  if (random.chance(0.05)) headers.push(random.pick(oddHeaders));
  const head = (more: readonly string[]) =>
    Buffer.from([`${verb} ${target} HTTP/1.1`, ...headers, ...more, '', ''].join('\r\n'));
  const what = `${name} ${verb} ${target.slice(0, 200)} ${String(body ?? '').slice(0, 300)}`;
  if (random.chance(0.03)) return { bytes: random.pick(broken)(head, body ?? Buffer.alloc(0)), isHttp: false, what };
  if (body === undefined) return { bytes: head([]), isHttp: true, what };
  if (random.chance(0.1))
    return { bytes: Buffer.concat([head(['transfer-encoding: chunked']), chunked(body)]), isHttp: true, what };
  return { bytes: Buffer.concat([head([`content-length: ${body.length}`]), body]), isHttp: true, what };
}

const oddHeaders = [
  ...[
    'if-match: *',
    'if-match: "x',
    'if-none-match: W/"1"',
    'idempotency-key: x',
    `idempotency-key: ${'k'.repeat(300)}`,
    'origin: null',
  ],
  ...[
    'content-encoding: gzip',
    'accept: image/png',
    'authorization: Basic eDp5',
    'x-forwarded-for: 1.2.3.4',
    'range: bytes=0-1',
    'te: trailers',
  ],
  ...[
    `x-long: ${'h'.repeat(8_000)}`,
    'expect: x',
    'cookie: a=b; __proto__=1',
    'accept-language: ,;q=,',
    'authorization: Bearer',
    'host: other',
  ],
];

type Broken = (head: (more: readonly string[]) => Buffer, body: Buffer) => Buffer;

/** What no parser of HTTP must take, or what never ends. */
const broken: readonly Broken[] = [
  (head, body) => Buffer.concat([head([`content-length: ${body.length + 50}`]), body]),
  (head, body) => Buffer.concat([head(['content-length: 5', 'content-length: 9']), body]),
  (head) => head(['content-length: -1']),
  (head) => Buffer.concat([head(['transfer-encoding: chunked']), Buffer.from('zz\r\nx\r\n')]),
  (head) => Buffer.concat([head(['transfer-encoding: chunked']), Buffer.from('5\r\nab')]),
  (head, body) =>
    Buffer.concat([head(['transfer-encoding: chunked', `content-length: ${body.length}`]), chunked(body)]),
  (head) => head([`x-huge: ${'h'.repeat(40_000)}`]),
  (head) => head(Array.from({ length: 3_000 }, (_, n) => `x-${n}: 1`)),
  (head) => head(['bad header']),
  (head) => head(['x: a\0b']),
  () => Buffer.from('GET\r\n\r\n'),
  () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
  () => Buffer.from(`GET /${'a'.repeat(70_000)} HTTP/1.1\r\nhost: api\r\n\r\n`),
  () => Buffer.from('GET /v1/me HTTP/9.9\r\nhost: api\r\n\r\n'),
  () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  (head) => head([]).subarray(0, 20),
];

const chunked = (body: Buffer): Buffer =>
  body.length === 0
    ? Buffer.from('0\r\n\r\n')
    : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
