import {
  bodyInOrder,
  type ClientId,
  type MessageBody,
  type MessageEvent,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '../schema/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The stored form: one whole JSON object that starts with `{"v":1`; the log adds `s` and `p`. */
export const encodeEvent = (event: RoomEvent): Uint8Array => encoder.encode(JSON.stringify(event));

export const decodeEvent = (bytes: Uint8Array): RoomEvent => JSON.parse(decoder.decode(bytes));

/** `undefined` for what no reader can make sense of: the log worker sets that aside, nobody else may fall over it. */
export function readableEvent(bytes: Uint8Array): RoomEvent | undefined {
  try {
    const event: unknown = decodeEvent(bytes);
    return isReadable(event) ? event : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What readers rely on without looking again. */
function isReadable(event: unknown): event is RoomEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { t, us, ver, m } = event as Readonly<Record<string, unknown>>;
  if (t === 'mem') return Array.isArray(us) && typeof ver === 'number';
  return t !== 'del' || typeof m === 'number';
}

export interface NewMessage {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  /** Sequence of the message that begins its thread. */
  readonly thread?: number | undefined;
  /** Of a thread, and shown in the room as well. */
  readonly also?: boolean | undefined;
  /** The room in which it is whispered. */
  readonly whisperedIn?: RoomId | undefined;
}

/** A message, its keys always in the same order: two sends of the same body have the same bytes. */
export function messageEvent(from: NewMessage & { readonly at: number }): MessageEvent {
  const { room: r, user: u, at, clientId: c, body, thread, also, whisperedIn } = from;
  return {
    ...({ v: 1, t: 'msg', r, u, at, c, b: bodyInOrder(body) } as const),
    ...(thread === undefined ? {} : { re: thread }),
    ...(also ? { also: 1 as const } : {}),
    ...(whisperedIn === undefined ? {} : { in: whisperedIn }),
  };
}

/** The id under which the log remembers an event: without the room, the same `c` in two rooms would be one message. */
export const eventId = (room: RoomId, user: UserId, kind: RoomEvent['t'], clientId: ClientId): string =>
  `${room}:${user}:${kind}:${clientId}`;

/** The same frame with another predecessor. */
export function frameAfter(prev: number, frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const at = bytes.indexOf(prevKey) + prevKey.length;
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(String(prev), 'latin1'),
    bytes.subarray(bytes.indexOf(44, at)),
  ]);
}

const prevKey = ',"p":';

/** What is left of an event whose message was deleted: its place in the room, not what was written. */
export function masked<E extends RoomEvent>(event: E): E {
  if (event.t === 'msg' || event.t === 'edit') return { ...event, b: { text: '' }, del: 1 };
  return event.t === 'link' ? { ...event, l: { url: '', title: '' }, del: 1 } : event;
}

/** The frame of a stored event: its first brace makes way for its numbers, the rest is copied. */
export function frameOf(seq: number, prev: number, bytes: Uint8Array): Buffer {
  const head = `{"s":${seq},"p":${prev},`;
  const frame = Buffer.allocUnsafe(head.length + bytes.byteLength - 1);
  frame.write(head, 0, 'latin1');
  frame.set(bytes.subarray(1), head.length);
  return frame;
}
