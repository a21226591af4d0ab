import type { ClientId, MessageBody, RoomEvent, RoomId, UserId } from '../schema/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The stored form: one whole JSON object that starts with `{"v":1`; the log adds `s` and `p`. */
export const encodeEvent = (event: RoomEvent): Uint8Array => encoder.encode(JSON.stringify(event));

export const decodeEvent = (bytes: Uint8Array): RoomEvent => JSON.parse(decoder.decode(bytes));

/** A message, its keys always in the same order: two sends of the same body have the same bytes. */
export function messageEvent(from: {
  room: RoomId;
  user: UserId;
  at: number;
  clientId: ClientId;
  body: MessageBody;
  thread?: number | undefined;
}): RoomEvent {
  const { room: r, user: u, at, clientId: c, body, thread } = from;
  const b = { text: body.text };
  return { v: 1, t: 'msg', r, u, at, c, b, ...(thread === undefined ? {} : { re: thread }) };
}

/** The id under which the log remembers an event: without the room, the same `c` in two rooms would be one message. */
export const eventId = (room: RoomId, user: UserId, kind: RoomEvent['t'], clientId: ClientId): string =>
  `${room}:${user}:${kind}:${clientId}`;

/** The frame of a stored event: its first brace makes way for its numbers, the rest is copied. */
export function frameOf(seq: number, prev: number, bytes: Uint8Array): Buffer {
  const head = `{"s":${seq},"p":${prev},`;
  const frame = Buffer.allocUnsafe(head.length + bytes.byteLength - 1);
  frame.write(head, 0, 'latin1');
  frame.set(bytes.subarray(1), head.length);
  return frame;
}
