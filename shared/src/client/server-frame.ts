import type { RoomEventFrame, ServerFrame } from '../protocol/index.ts';

/** What every event of a room has, of a kind that this version knows or not. */
export interface EventFrame extends Pick<RoomEventFrame, 'r' | 's' | 'p' | 'u' | 'at'> {
  readonly t: string;
}

/** Told once to whoever listens, not stored, and sent at the server's leisure. */
export type SignalFrame =
  | {
      readonly t: 'rcpt';
      readonly r: string;
      readonly w: readonly (readonly [string, number, number])[];
      readonly s?: number;
      readonly n?: number;
      readonly d?: number;
      readonly of?: number;
    }
  | { readonly t: 'typing'; readonly r: string; readonly u: string; readonly on: 0 | 1 }
  | { readonly t: 'readelse'; readonly r: string; readonly s: number };

export type Received =
  | { readonly is: 'event'; readonly frame: EventFrame }
  | { readonly is: 'frame'; readonly frame: ServerFrame | SignalFrame }
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
    : { is: 'frame', frame: frame as unknown as ServerFrame | SignalFrame };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
