import { encodeEvent, masked, readableEvent } from '@gapless/shared/bus';
import type { WithoutDeleted } from './domain/log/event-range.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An edit and a preview give away a message as well. */
export const withoutDeleted: WithoutDeleted = (events, deleted) => {
  if (deleted.size === 0) return events;
  return events.map((stored) => {
    const event = readableEvent(encoder.encode(stored.raw));
    if (event === undefined || !deleted.has('m' in event ? event.m : stored.seq)) return stored;
    return { ...stored, raw: decoder.decode(encodeEvent(masked(event))) };
  });
};
