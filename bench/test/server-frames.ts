import { textBytes } from '../src/load/message.ts';

/** Frames as a server writes them, made apart from the parser that they test. */
export function frameOf(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header =
    length < 126
      ? Buffer.from([first, length])
      : length < 65_536
        ? Buffer.from([first, 126, length >> 8, length & 0xff])
        : Buffer.from([
            first,
            127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 0xff,
            (length >> 8) & 0xff,
            length & 0xff,
          ]);
  return Buffer.concat([header, payload]);
}

export const textFrame = (text: string): Buffer => frameOf(0x81, Buffer.from(text));
export const pingFrame = (text: string): Buffer => frameOf(0x89, Buffer.from(text));
export const closeFrame = (code: number): Buffer => frameOf(0x88, Buffer.from([code >> 8, code & 0xff]));

export const room = '01benchroom000000000000000';
export const user = '01benchuser000000000000000';

/** An event as an edge fans it out. */
export const eventText = (seq: number, prev: number, dueUs: number): string =>
  `{"s":${seq},"p":${prev},"v":1,"t":"msg","r":"${room}","u":"${user}","at":1795266549780,` +
  `"c":"0190a1b2-7c3d-7abc-8def-0123456789ab","b":{"text":"${Math.round(dueUs).toString().padStart(16, '0').padEnd(textBytes, ' x')}"}}`;

/** The same of a stack that numbers nothing. */
export const unnumbered = (text: string): string => text.replace(/"s":\d+,"p":\d+,/, '');

export const liveText = (seq: number): string => JSON.stringify({ t: 'live', r: room, s: seq });

export const hiText = JSON.stringify({ t: 'hi', u: user, inbox: 0 });

/** The event by which his inbox tells him that he is in. */
export const addedText = (seq: number, prev: number): string =>
  JSON.stringify({ s: seq, p: prev, v: 1, t: 'added', r: user, u: user, at: 0, in: room, ver: 1 });

/** The event of somebody who joins. */
export const joinText = (seq: number, prev: number): string =>
  JSON.stringify({ s: seq, p: prev, v: 1, t: 'mem', r: room, u: 'somebody', at: 0, k: 'join' });
