import { Failure } from '@gapless/shared/errors';
import { isForeignSession } from '@gapless/shared/schema';
import type { Sessions } from './sessions.ts';

/** The same, but a session of another issuer is not said to be ended: its token would go on, and the next one come. */
export const withForeignSessions = (sessions: Sessions): Sessions => ({
  ...sessions,
  async close(session) {
    if (isForeignSession(session)) throw new Failure('forbidden', { detail: 'Log out where you have logged in' });
    return sessions.close(session);
  },
});
