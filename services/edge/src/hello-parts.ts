import { Failure } from '@gapless/shared/errors';
import { type ClientFrameOf, maxResumedRooms } from '@gapless/shared/protocol';
import type { Session } from './session.ts';

export type HelloFrame = ClientFrameOf<'hello'>;

/** A `hello` that is too long for one frame comes in several; nothing is answered before the last one. */
export interface HelloParts {
  /** All parts so far as one frame; what a later part repeats counts. The last one takes them along. */
  gather(session: Session, part: HelloFrame): HelloFrame;
  /** What was gathered; with a frame that `gather` gave, unless another `hello` has begun since. */
  forget(session: Session, frame?: HelloFrame): void;
}

/** It grows: a part costs what it holds itself, however much came before it and whoever sends it. */
interface Gathered {
  readonly frame: HelloFrame & { since: Record<string, number> };
  rooms: number;
}

export function createHelloParts(): HelloParts {
  const gathered = new WeakMap<Session, Gathered>();
  return {
    gather: (session, part) => {
      const before = gathered.get(session);
      const isLast = part.more !== 1;
      if (isLast && before === undefined) return part;
      const whole: Gathered = before ?? { frame: { t: 'hello', since: {} }, rooms: 0 };
      add(whole, part);
      const isTooMuch = whole.rooms > maxResumedRooms;
      if (isLast || isTooMuch) gathered.delete(session);
      else gathered.set(session, whole);
      if (isTooMuch) throw new Failure('invalid_request', { detail: `Cursors of at most ${maxResumedRooms} rooms` });
      return whole.frame;
    },
    forget: (session, frame) => {
      if (frame === undefined || gathered.get(session)?.frame === frame) gathered.delete(session);
    },
  };
}

function add(whole: Gathered, part: HelloFrame): void {
  const { more, since: cursors = {}, ...said } = part;
  Object.assign(whole.frame, said);
  const { since } = whole.frame;
  for (const [room, cursor] of Object.entries(cursors) as [string, number][]) {
    if (!Object.hasOwn(since, room)) whole.rooms++;
    since[room] = cursor;
  }
}
