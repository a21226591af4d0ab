import type { Following, Signals } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { UserId } from '@gapless/shared/schema';
import type { RoomAccessCache } from './room-access.ts';
import { readableSignal } from './signal-frame.ts';

/**
 * What a user may do has changed without an event of any room: it is read anew. A word of it that is lost is made up for when
 * what is known grows old.
 */
export function hearAccessNews(deps: {
  signals: Pick<Signals, 'toUsers'>;
  access: Pick<RoomAccessCache, 'load'>;
  isHere: (user: UserId) => boolean;
}): Following {
  const { signals, access, isHere } = deps;
  return signals.toUsers((user, bytes) => {
    if (!isHere(user) || readableSignal(bytes)?.['t'] !== 'access') return;
    access.load(user).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  });
}
