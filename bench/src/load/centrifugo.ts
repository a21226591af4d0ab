import { digitsAt, find, isAt } from './bytes.ts';
import { textBytes } from './message.ts';
import type { Heard, Wrapping } from './wrapping.ts';

const newline = Buffer.from('\n');
const replyHead = Buffer.from('{"id":');
const pushHead = Buffer.from('{"push":');
const dataHead = Buffer.from('"pub":{"data":');
/** Ends what was published: an object whose last part is an object that ends with a text. */
const dataTail = Buffer.from('"}}');
/** From the beginning of a push to what was published; behind that it is another line's. */
const mostToData = 100;
const ping = '{}';
const pong = '{}';
/** The first letter of what a reply is to, behind `,"`. */
const letter = { connect: 0x63, publish: 0x70, subscribe: 0x73 } as const;
/** Commands for a session bear numbers as well; what they are to tells their replies from those of sends. */
const ids = { connect: 1, subscribe: 2 } as const;

/** JSON of Centrifugo's client protocol: commands and replies one a line, several in a frame. */
export const centrifugo: Wrapping = {
  numbered: false,
  addressed: true,
  clientBegins: true,
  hello: (_, channel) => {
    const connect = `{"id":${ids.connect},"connect":{}}`;
    return [
      channel === undefined ? connect : `${connect}\n{"id":${ids.subscribe},"subscribe":{"channel":"${channel}"}}`,
    ];
  },
  // Every command is replied to.
  send: (frame, i) => `{"id":${i},"publish":{"channel":"${JSON.parse(frame).r}","data":${frame}}}`,
  read: (bytes, start, end, heard) => {
    for (let at = start; at < end; ) at = line(bytes, at, end, heard) + newline.length;
  },
};

/** Answers where the line ends. */
function line(bytes: Buffer, start: number, end: number, heard: Heard): number {
  if (isAt(bytes, start, pushHead)) return push(bytes, start, end, heard);
  const lineEnd = find(bytes, start, end, newline) ?? end;
  if (isAt(bytes, start, replyHead)) reply(bytes, start, lineEnd, heard);
  else if (bytes.toString('latin1', start, lineEnd) === ping) heard.reply(pong);
  else refuse(bytes, start, lineEnd, heard);
  return lineEnd;
}

function push(bytes: Buffer, start: number, end: number, heard: Heard): number {
  const head = find(bytes, start + pushHead.length, Math.min(end, start + mostToData), dataHead);
  const data = (head ?? end) + dataHead.length;
  const tail = head === undefined ? undefined : find(bytes, data + textBytes, end, dataTail);
  const lineEnd = find(bytes, tail ?? start, end, newline) ?? end;
  if (tail === undefined) refuse(bytes, start, lineEnd, heard);
  else heard.event(bytes, data, tail + dataTail.length);
  return lineEnd;
}

function reply(bytes: Buffer, start: number, end: number, heard: Heard): void {
  const [id, at] = digitsAt(bytes, start + replyHead.length);
  switch (bytes[at + 2]) {
    case letter.publish:
      return heard.acknowledged(id);
    case letter.connect:
      return heard.frame({ t: 'hi' });
    case letter.subscribe:
      return heard.frame({ t: 'live' });
    default:
      refuse(bytes, start, end, heard);
  }
}

/** An error, or what nobody asked for. */
const refuse = (bytes: Buffer, start: number, end: number, heard: Heard): void =>
  heard.frame({ t: 'err', code: bytes.toString('utf8', start, Math.min(end, start + 80)) });
