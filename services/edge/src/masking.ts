import { encodeEvent, masked, readableEvent } from '@gapless/shared/bus';
import type { RoomEvent } from '@gapless/shared/schema';

/** Where an event or its frame says what it is: behind its numbers, before its ids. */
const headBytes = 96;

interface Numbered {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** A replay's events without what was written in those whose message is deleted in it, or known to be. */
export function maskDeleted<E extends Numbered>(events: readonly E[], known?: ReadonlySet<number>): readonly E[] {
  const deleted = new Set(known);
  for (const { bytes } of events) if (isKind(bytes, 'del')) deleted.add(messageOf(bytes) ?? 0);
  if (deleted.size === 0) return events;
  return events.map((event) =>
    isHit(event.bytes, event.seq, deleted) ? { ...event, bytes: maskedBytes(event.bytes) } : event,
  );
}

/** The frame with that sequence, without what was written in it when it is one of those messages, or says more of one. */
export function maskFrame(frame: Uint8Array, seq: number, deleted: ReadonlySet<number>): Uint8Array {
  return isHit(frame, seq, deleted) ? maskedBytes(frame) : frame;
}

function isHit(bytes: Uint8Array, seq: number, deleted: ReadonlySet<number>): boolean {
  if (deleted.has(seq)) return true;
  const message = saysMore(bytes) ? messageOf(bytes) : undefined;
  return message !== undefined && deleted.has(message);
}

/** What gives away a message by itself. */
const saysMore = (bytes: Uint8Array): boolean => isKind(bytes, 'edit') || isKind(bytes, 'link');

function maskedBytes(bytes: Uint8Array): Uint8Array {
  const event = readableEvent(bytes);
  return event === undefined ? bytes : encodeEvent(masked(event));
}

const isKind = (bytes: Uint8Array, kind: RoomEvent['t']): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, headBytes)).includes(`"t":"${kind}"`);

function messageOf(bytes: Uint8Array): number | undefined {
  const event = readableEvent(bytes);
  return event !== undefined && 'm' in event ? event.m : undefined;
}
