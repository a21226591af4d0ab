/** The floor: uWebSockets.js and its `publish`, with the least around it that lets the same clients use it. */
import { App, type us_listen_socket, us_socket_local_port } from 'uWebSockets.js';

interface RoomState {
  seq: number;
  /** Of an event, between its numbers and its client id: as many bytes as Gapless puts there. */
  readonly middle: Buffer;
}

const rooms = new Map<string, RoomState>();
const user = '01bench000000000000000user';
const roomKey = Buffer.from('"r":"');
const idKey = Buffer.from('"c":"');
const idLength = 26;
const hello = Buffer.from('{"t":"hello"');

function roomOf(id: string): RoomState {
  const known = rooms.get(id);
  if (known !== undefined) return known;
  const middle = Buffer.from(`"v":1,"t":"msg","r":"${id}","u":"${user}","at":${Date.now()},`);
  const state = { seq: 0, middle };
  rooms.set(id, state);
  return state;
}

/** The event that Gapless would make of a `send` frame, byte for byte as long; only the numbers are new. */
function eventOf(room: RoomState, frame: Buffer): Buffer {
  const head = `{"s":${room.seq + 1},"p":${room.seq},`;
  room.seq++;
  const idAt = frame.indexOf(idKey);
  const event = Buffer.allocUnsafe(head.length + room.middle.length + frame.length - idAt);
  event.write(head, 0, 'latin1');
  room.middle.copy(event, head.length);
  frame.copy(event, head.length + room.middle.length, idAt);
  return event;
}

const app = App();
app.ws('/ws', {
  compression: 0,
  maxPayloadLength: 64 * 1024,
  idleTimeout: 60,
  maxBackpressure: 2 * 1024 * 1024,
  sendPingsAutomatically: true,
  message: (ws, message) => {
    const frame = Buffer.from(message);
    if (frame.subarray(0, hello.length).equals(hello)) {
      const [room] = JSON.parse(frame.toString()).rooms as string[];
      if (room === undefined) return;
      ws.subscribe(room);
      ws.send(JSON.stringify({ t: 'live', r: room, s: roomOf(room).seq }), false);
      return;
    }
    const at = frame.indexOf(roomKey) + roomKey.length;
    const id = frame.toString('latin1', at, at + idLength);
    app.publish(id, eventOf(roomOf(id), frame), false);
  },
});
app.listen('127.0.0.1', 0, (socket: us_listen_socket | false) => {
  if (socket === false) throw new Error('no port to listen on');
  process.send?.({ say: 'listening', port: us_socket_local_port(socket) });
});
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
