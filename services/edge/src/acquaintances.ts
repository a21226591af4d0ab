import type { Commands } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';

/** Who may know of whom: users who share a room, and neither of whom has blocked the other. */
export interface Acquaintances {
  /** Those among them of whom the user may know, asked now. */
  among(user: UserId, others: readonly UserId[]): Promise<readonly Acquaintance[]>;
  /** What was answered lately holds; all who ask meanwhile wait for one answer, and go on in the order in which they asked. */
  know(user: UserId, other: UserId): Promise<boolean>;
}

/** When he was last seen, where that is known, ms. */
export type Acquaintance = readonly [user: UserId, seen?: number];

interface Known {
  readonly answer: Promise<boolean>;
  readonly until: number;
}

/** A call is set up by some dozens of signals within seconds; a block is to hold soon. */
const believedMs = 10_000;
const maxKnown = 20_000;

export function createAcquaintances(deps: { commands: Pick<Commands, 'call'>; clock: Clock }): Acquaintances {
  const { commands, clock } = deps;
  const known = new Map<string, Known>();

  const among: Acquaintances['among'] = async (user, others) => {
    const { w } = (await commands.call('presence.watchable', { u: user, us: others })) as { w: Acquaintance[] };
    return w;
  };

  const keep = (pair: string, answer: Promise<boolean>): void => {
    known.delete(pair);
    known.set(pair, { answer, until: clock.now() + believedMs });
    for (const oldest of known.keys()) {
      if (known.size <= maxKnown) break;
      known.delete(oldest);
    }
    // Who waits for it is told; the next one asks anew.
    answer.catch(() => {
      if (known.get(pair)?.answer === answer) known.delete(pair);
    });
  };

  return {
    among,
    know: (user, other) => {
      const pair = `${user}:${other}`;
      const last = known.get(pair);
      if (last !== undefined && last.until > clock.now()) return last.answer;
      const answer = among(user, [other]).then((found) => found.length > 0);
      keep(pair, answer);
      return answer;
    },
  };
}
