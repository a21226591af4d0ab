import { serverFrames } from '@gapless/shared/protocol';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';

export type Frame = Readonly<Record<string, unknown>> & { readonly t: string };

/** What holds for every frame on every connection, whatever is asked: each breach once. */
export interface FrameRules {
  take(text: string): Frame | undefined;
  readonly breaches: readonly string[];
}

const schemas: Readonly<Record<string, TSchema>> = serverFrames;

/** Every frame fits its schema; the events of a room that is live rise, and each names the one before it. */
export function createFrameRules(): FrameRules {
  const breaches: string[] = [];
  const cursors = new Map<string, number>();

  const event = (frame: Frame): void => {
    const { r: room, s: seq, p: prev } = frame as unknown as { r: string; s: number; p: number };
    const cursor = cursors.get(room);
    if (cursor !== undefined && seq <= cursor) breaches.push(`${frame.t}: event ${seq} came behind ${cursor}`);
    else if (cursor !== undefined && prev > cursor)
      breaches.push(`${frame.t}: event ${seq} follows ${prev}, not ${cursor}`);
    cursors.set(room, seq);
  };

  const follow = (frame: Frame): void => {
    if (typeof frame['r'] !== 'string') return;
    const room = frame['r'];
    if ('p' in frame && 's' in frame) event(frame);
    else if (frame.t === 'live') {
      const { s } = frame as unknown as { s: number };
      if ((cursors.get(room) ?? 0) > s) breaches.push(`live: ${s} is behind what came already`);
      cursors.set(room, s);
    } else if (frame.t === 'lag') cursors.set(room, (frame as unknown as { to: number }).to);
    else if (frame.t === 'removed') cursors.delete(room);
  };

  return {
    take: (text) => {
      const frame = parsed(text);
      if (frame === undefined) {
        breaches.push(`no frame: ${text.slice(0, 80)}`);
        return undefined;
      }
      const { t } = frame;
      const schema = schemas[t];
      // Kinds that this suite does not know may come: clients skip them.
      if (schema !== undefined && !Check(schema, frame))
        breaches.push(`${t}: does not fit its schema: ${text.slice(0, 200)}`);
      follow(frame);
      return frame;
    },
    breaches,
  };
}

function parsed(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isFrame = typeof value === 'object' && value !== null && 't' in value && typeof value.t === 'string';
    return isFrame ? (value as Frame) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
