import { deflateSync } from 'node:zlib';
import { checkAnswer } from './answer-check.ts';
import type { Answer, TestApi, TestUser } from './api.ts';

const boundary = 'a-boundary-of-some-length';

export interface Sent {
  readonly name?: string;
  readonly type?: string;
  readonly key?: string;
  /** Header lines of the part beside those, or in their place. */
  readonly head?: string;
}

export const partOf = (bytes: Uint8Array, { name = 'a.bin', type = 'application/octet-stream', head }: Sent = {}) =>
  Buffer.concat([
    Buffer.from(`--${boundary}\r\n`),
    Buffer.from(head ?? `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`),
    Buffer.from('\r\n\r\n'),
    bytes,
    Buffer.from('\r\n'),
  ]);

export const formOf = (...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);

export const formType = `multipart/form-data; boundary=${boundary}`;

/** Posts a body as it is over a real connection; what is answered must be what the document says. */
export async function post(
  api: TestApi,
  user: TestUser | undefined,
  body: Uint8Array,
  more: object = {},
): Promise<Answer> {
  const headers = {
    'content-type': formType,
    ...(user === undefined ? {} : { authorization: `Bearer ${user.token}` }),
    ...more,
  };
  const response = await fetch(`${api.api.url()}/v1/files`, { method: 'POST', headers, body: body as never });
  const payload = await response.text();
  const told = Object.fromEntries(response.headers);
  checkAnswer('public', 'POST', '/v1/files', { statusCode: response.status, headers: told, payload });
  return { status: response.status, body: payload === '' ? undefined : JSON.parse(payload), headers: told };
}

export const upload = (api: TestApi, user: TestUser, bytes: Uint8Array, sent: Sent = {}): Promise<Answer> =>
  post(api, user, formOf(partOf(bytes, sent)), sent.key === undefined ? {} : { 'idempotency-key': sent.key });

export interface Content {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Headers;
}

export async function fetched(api: TestApi, url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(`${api.api.url()}${url}`, { headers, method });
  const bytes = Buffer.from(await response.arrayBuffer());
  const told = Object.fromEntries(response.headers);
  checkAnswer('public', method, url, { statusCode: response.status, headers: told, payload: bytes.toString('latin1') });
  return { status: response.status, bytes, headers: response.headers } satisfies Content;
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crcOf = (bytes: Uint8Array): number =>
  ~bytes.reduce((c, byte) => (crcTable[(c ^ byte) & 255] as number) ^ (c >>> 8), 0xffffffff) >>> 0;

function chunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [size, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.byteLength);
  crc.writeUInt32BE(crcOf(body));
  return Buffer.concat([size, body, crc]);
}

/** A PNG that says it has so many pixels; it holds them only where it is told to. */
export function aPng(width: number, height: number, { isWhole = true } = {}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = isWhole ? Buffer.alloc((3 * width + 1) * height, 0x55) : Buffer.alloc(64);
  if (isWhole) for (let y = 0; y < height; y++) rows[y * (3 * width + 1)] = 0;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
