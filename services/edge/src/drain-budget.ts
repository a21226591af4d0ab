import type { Drains } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';

/** How fast this edge may send its clients away, so that all edges that stop together keep to one budget. */
export interface DrainBudget {
  /** Sockets a second, with so many left here; tells the other edges of them. */
  share(left: number): number;
  stop(): void;
}

export interface DrainBudgetDeps {
  readonly drains: Drains;
  /** Of this process. */
  readonly edge: string;
  /** Of all edges together. */
  readonly perSecond: number;
  readonly clock: Clock;
}

const announceMs = 250;
/** Who was not heard for so long has stopped. */
const goneMs = 1_500;

/** Each one's share is in proportion to what it has left: they end together, and none waits for a budget nobody uses. */
export function createDrainBudget({ drains, edge, perSecond, clock }: DrainBudgetDeps): DrainBudget {
  const others = new Map<string, { readonly left: number; readonly at: number }>();
  let announcedAt = -Infinity;
  const following = drains.subscribe((draining) => {
    if (draining.edge !== edge) others.set(draining.edge, { left: draining.left, at: clock.now() });
  });

  const leftElsewhere = (now: number): number => {
    let sum = 0;
    for (const [other, { left, at }] of others) {
      if (now - at > goneMs) others.delete(other);
      else sum += left;
    }
    return sum;
  };

  return {
    share: (left) => {
      const now = clock.now();
      if (now - announcedAt >= announceMs) {
        announcedAt = now;
        drains.announce({ edge, left });
      }
      return left === 0 ? perSecond : (perSecond * left) / (left + leftElsewhere(now));
    },
    stop: () => following.stop(),
  };
}
