import { randomBytes } from 'node:crypto';

const textFrame = 0x81;
const pongFrame = 0x8a;
const maskBit = 0x80;
const mask = randomBytes(4);

/** A masked text frame, as every client must send it. */
export const maskedText = (text: string): Buffer => masked(textFrame, Buffer.from(text));

export const maskedPong = (payload: Buffer): Buffer => masked(pongFrame, payload);

function masked(first: number, payload: Buffer): Buffer {
  if (payload.length > 0xffff) throw new RangeError('no frame of a client is that long');
  const header = payload.length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + 4 + payload.length);
  frame[0] = first;
  if (header === 2) frame[1] = maskBit | payload.length;
  else {
    frame[1] = maskBit | 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  mask.copy(frame, header);
  for (let n = 0; n < payload.length; n++) {
    frame[header + 4 + n] = (payload[n] as number) ^ (mask[n & 3] as number);
  }
  return frame;
}

/** One string, for one write: not every server takes a request line in pieces. */
export const handshakeRequest = (host: string, path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: gapless.v1',
    '',
    '',
  ].join('\r\n');
