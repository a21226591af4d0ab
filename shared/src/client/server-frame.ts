import type { RoomEventFrame, ServerFrame } from '../protocol/index.ts';
import type { RoomEvent } from './room-event.ts';

/** What every event of a room has, of a kind that this version knows or not. */
export interface EventFrame extends Pick<RoomEventFrame, 'r' | 's' | 'p' | 'u' | 'at'> {
  readonly t: string;
}

export type Received =
  | { readonly is: 'event'; readonly frame: EventFrame }
  | { readonly is: 'frame'; readonly frame: ServerFrame }
  | { readonly is: 'nothing' };

/** The server is trusted to keep its schema; only what a newer one may do otherwise is looked at. */
export function readServerFrame(data: unknown): Received {
  const frame = typeof data === 'string' ? parseObject(data) : undefined;
  if (frame === undefined || typeof frame['t'] !== 'string') return { is: 'nothing' };
  // Sequence and predecessor make an event of any frame, whatever its kind.
  const isEvent =
    typeof frame['r'] === 'string' && Number.isSafeInteger(frame['s']) && Number.isSafeInteger(frame['p']);
  return isEvent
    ? { is: 'event', frame: frame as unknown as EventFrame }
    : { is: 'frame', frame: frame as unknown as ServerFrame };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The event in the words of the SDK. */
export function toRoomEvent(received: EventFrame): RoomEvent {
  const { r: room, s: seq, u: user, at } = received;
  const common = { room, seq, user, at };
  const frame = received as RoomEventFrame;
  switch (frame.t) {
    case 'msg':
      return { kind: 'message', ...common, clientId: frame.c, body: frame.b, thread: frame.re };
    case 'mem':
      return { kind: 'membership', ...common, op: frame.op as 'join' | 'leave' | 'remove', users: frame.us };
    case 'room':
      return { kind: 'room', ...common, name: frame.name, number: frame.no };
    default:
      return { kind: 'other', ...common, frame: received };
  }
}
