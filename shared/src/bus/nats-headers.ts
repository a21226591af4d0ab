import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { integerAt } from './pub-ack.ts';

const sequenceKey = Buffer.from('\r\nNats-Sequence: ');
const lastSequenceKey = Buffer.from('\r\nNats-Last-Sequence: ');

/** The client keeps a message whole and decodes its headers into maps and strings only when asked. */
interface RawMessage {
  readonly _rdata: Uint8Array;
  readonly _msg: { readonly hdr: number };
}

export interface LiveNumbers {
  readonly seq: number;
  readonly prev: number;
}

/**
 * The two numbers that RePublish adds, read from the raw bytes: decoding the headers of each message would cost more than
 * delivering it. `undefined` when it is no republished message.
 */
export function liveNumbers(message: Msg): LiveNumbers | undefined {
  const { _rdata, _msg } = message as unknown as RawMessage;
  if (_msg.hdr <= 0) return undefined;
  const head = Buffer.from(_rdata.buffer, _rdata.byteOffset, _msg.hdr);
  const seq = numberAfter(head, sequenceKey);
  return seq === 0 ? undefined : { seq, prev: numberAfter(head, lastSequenceKey) };
}

/** The server appends its headers behind the publisher's, so the last one is the server's. */
function numberAfter(head: Buffer, key: Buffer): number {
  const at = head.lastIndexOf(key);
  return at < 0 ? 0 : integerAt(head, at + key.length);
}

const timeKey = Buffer.from('\r\nNats-Time-Stamp: ');

/** When the log stored it, by the clock of the server that leads its stream; not of every server. */
export function storedAt(message: Msg): number | undefined {
  const { _rdata, _msg } = message as unknown as RawMessage;
  if (_msg.hdr <= 0) return undefined;
  const head = Buffer.from(_rdata.buffer, _rdata.byteOffset, _msg.hdr);
  const at = head.lastIndexOf(timeKey);
  if (at < 0) return undefined;
  const end = head.indexOf(0x0d, at + timeKey.length);
  const time = Date.parse(head.toString('latin1', at + timeKey.length, end));
  return Number.isNaN(time) ? undefined : time;
}

const lineBreak = /[\r\n]/;

/**
 * Headers for a publish, as the bytes that the client will ask for: its own are a map of lists, checked by patterns on every
 * access, and cost a quarter of the whole publish.
 */
export function headerLines(fields: Readonly<Record<string, string>>): MsgHdrs {
  let text = 'NATS/1.0\r\n';
  for (const name in fields) {
    const value = fields[name] as string;
    if (lineBreak.test(value)) throw new TypeError('a header is one line');
    text += `${name}: ${value}\r\n`;
  }
  const bytes = Buffer.from(`${text}\r\n`);
  return { encode: () => bytes } as unknown as MsgHdrs;
}
