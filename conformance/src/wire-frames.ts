import { randomBytes } from 'node:crypto';

/** What a WebSocket is made of (RFC 6455 §5.2). */
export const opcodes = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

const finBit = 0x80;
const maskBit = 0x80;

export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const length = lengthBytes(payload.length);
  const header = Buffer.concat([Buffer.from([finBit | opcode]), length, mask]);
  const masked = Buffer.from(payload);
  for (let n = 0; n < masked.length; n++) masked[n] = (masked[n] as number) ^ (mask[n & 3] as number);
  return Buffer.concat([header, masked]);
}

function lengthBytes(length: number): Buffer {
  if (length < 126) return Buffer.from([maskBit | length]);
  const bytes = Buffer.alloc(length <= 0xffff ? 3 : 9);
  bytes[0] = maskBit | (length <= 0xffff ? 126 : 127);
  if (length <= 0xffff) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

/** The frame at the beginning of these bytes; `undefined` when it is not whole. Throws on what no server may send. */
export function serverFrame(bytes: Buffer): ServerFrame | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = [bytes[0] as number, bytes[1] as number];
  if ((first & 0x70) !== 0) throw new Error('reserved bits are set');
  if ((first & finBit) === 0) throw new Error('a frame in pieces');
  if ((second & maskBit) !== 0) throw new Error('a server does not mask');
  const short = second & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < header) return undefined;
  const length = header === 2 ? short : header === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = header + length;
  return bytes.length < end ? undefined : { opcode: first & 0x0f, payload: bytes.subarray(header, end), end };
}
