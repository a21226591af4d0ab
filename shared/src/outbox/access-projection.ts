import type { AccessStore } from '../bus/index.ts';
import { Failure } from '../errors/index.ts';
import { type Backoff, backoffMs, sleep } from '../runtime/index.ts';
import type { UserAccess, UserId } from '../schema/index.ts';
import { fittedAccess } from './fitted-access.ts';
import { levelTriggered } from './level-trigger.ts';
import type { Memberships } from './outbox.ts';

export interface AccessProjection {
  /**
   * Makes the access entry say what the store says at some moment after the call, of past stays as many as it holds; answers
   * what was written.
   */
  project(user: UserId): Promise<UserAccess>;
  projectAll(users: readonly UserId[]): Promise<void>;
}

const attempts = 12;
const lost: Backoff = { firstMs: 5, maxMs: 250 };
const atOnce = 8;

export function createAccessProjection(deps: {
  access: AccessStore;
  memberships: Pick<Memberships, 'of'>;
  /** That user's rooms are more than an entry holds: he is a user of none, for the time being. */
  tooLarge: (user: UserId) => void;
}): AccessProjection {
  const { access, memberships, tooLarge } = deps;

  /** What no entry could hold must not hold up the room whose change it was: it is written as no rooms. */
  async function roomsOf(user: UserId): Promise<UserAccess> {
    const fitted = fittedAccess(await memberships.of(user));
    if (fitted === undefined) tooLarge(user);
    return fitted ?? {};
  }

  /**
   * The revision is read before the memberships: whoever wrote in between wrote what is at least as new. Written even when
   * nothing differs, for the new revision is what makes a slower projection with older memberships lose.
   */
  async function attempt(user: UserId): Promise<UserAccess | undefined> {
    const revision = (await access.read(user))?.revision ?? 0;
    const rooms = await roomsOf(user);
    return (await access.write(user, rooms, revision)) ? rooms : undefined;
  }

  const project = levelTriggered(async (user: UserId) => {
    for (let n = 0; n < attempts; n++) {
      const written = await attempt(user);
      if (written !== undefined) return written;
      await sleep(backoffMs(n, lost));
    }
    throw new Failure('busy', { detail: 'Access of a user is being changed by too many at once' });
  });

  return {
    project,
    async projectAll(users) {
      const queue = [...new Set(users)];
      const worker = async () => {
        for (let user = queue.pop(); user !== undefined; user = queue.pop()) await project(user);
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, worker));
    },
  };
}
