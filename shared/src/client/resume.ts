import type { ClientFrameOf } from '../protocol/index.ts';
import type { RoomId } from '../schema/index.ts';

type HelloFrame = Omit<ClientFrameOf<'hello'>, 'i'>;

/** Beside the longest token they fit a frame. */
const cursorsAFrame = 250;

/** The frames that greet and resume; all but the last are answered by nothing. */
export function helloFrames(
  hello: HelloFrame,
  from: { readonly gen: string; readonly cursors: readonly (readonly [room: string, seq: number])[] } | undefined,
): { readonly parts: readonly HelloFrame[]; readonly last: HelloFrame } {
  if (from === undefined || from.cursors.length === 0) return { parts: [], last: hello };
  const frames: HelloFrame[] = [];
  for (let at = 0; at < from.cursors.length; at += cursorsAFrame) {
    const since = Object.fromEntries(from.cursors.slice(at, at + cursorsAFrame)) as Record<RoomId, number>;
    frames.push({ ...(at === 0 ? { ...hello, gen: from.gen } : { t: 'hello' }), since });
  }
  const last = frames.pop() as HelloFrame;
  return { parts: frames.map((frame) => ({ ...frame, more: 1 })), last };
}
