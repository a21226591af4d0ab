import { Failure } from '@gapless/shared/errors';
import { type ClientFrameOf, maxResumedRooms } from '@gapless/shared/protocol';
import type { Session } from './session.ts';

export type HelloFrame = ClientFrameOf<'hello'>;

/** A `hello` that is too long for one frame comes in several; nothing is answered before the last one. */
export interface HelloParts {
  /** All parts so far as one frame; what a later part repeats counts. */
  gather(session: Session, part: HelloFrame): HelloFrame;
  forget(session: Session): void;
}

export function createHelloParts(): HelloParts {
  const gathered = new WeakMap<Session, HelloFrame>();
  return {
    gather: (session, part) => {
      const before = gathered.get(session);
      const { more, ...whole } = { ...before, ...part };
      const since = { ...before?.since, ...part.since };
      if (Object.keys(since).length > maxResumedRooms) {
        gathered.delete(session);
        throw new Failure('invalid_request', { detail: `Cursors of at most ${maxResumedRooms} rooms` });
      }
      const frame: HelloFrame = { ...whole, since, ...(part.more === 1 ? { more: 1 } : {}) };
      if (part.more === 1) gathered.set(session, frame);
      return frame;
    },
    forget: (session) => void gathered.delete(session),
  };
}
