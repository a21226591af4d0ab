import { digitsAt, isAt } from './bytes.ts';
import { helloFrame } from './message.ts';
import type { Heard, Wrapping } from './wrapping.ts';

/** The first byte: packets of Engine.IO 4. The second, of a message: packets of Socket.IO 5. */
const engine = { open: 0x30, ping: 0x32, message: 0x34 } as const;
const packet = { connect: 0x30, event: 0x32, ack: 0x33 } as const;
const eventHead = Buffer.from('42["m",');
/** Ends the array that is around an event. */
const eventTailBytes = 1;
/** `hello` is acknowledged as well, once its rooms are joined. */
const helloId = 0;

/** Socket.IO over a bare WebSocket, its default namespace, texts only: as much as a chat's client needs. */
export const socketIo: Wrapping = {
  numbered: false,
  addressed: true,
  clientBegins: false,
  hello: (token, room) => [`42${helloId}["hello",${helloFrame(token, room)}]`],
  send: (frame, i, asked) => (asked ? `42${i}["send",${frame}]` : `42["send",${frame}]`),
  read: (bytes, start, end, heard) => {
    switch (bytes[start]) {
      case engine.message:
        return message(bytes, start, end, heard);
      case engine.ping:
        return heard.reply('3');
      case engine.open:
        return heard.reply('40');
      default:
        refuse(bytes, start, end, heard);
    }
  },
};

function message(bytes: Buffer, start: number, end: number, heard: Heard): void {
  switch (bytes[start + 1]) {
    case packet.event:
      if (!isAt(bytes, start, eventHead)) return refuse(bytes, start, end, heard);
      return heard.event(bytes, start + eventHead.length, end - eventTailBytes);
    case packet.ack:
      return acknowledgement(bytes, start + 2, heard);
    case packet.connect:
      return heard.greeted();
    default:
      refuse(bytes, start, end, heard);
  }
}

function acknowledgement(bytes: Buffer, start: number, heard: Heard): void {
  const [i] = digitsAt(bytes, start);
  if (i !== helloId) return heard.acknowledged(i);
  heard.frame({ t: 'hi' });
  heard.frame({ t: 'live' });
}

/** Connection refused, disconnected by the server, or what no chat of ours says. */
const refuse = (bytes: Buffer, start: number, end: number, heard: Heard): void =>
  heard.frame({ t: 'err', code: bytes.toString('utf8', start, Math.min(end, start + 40)) });
