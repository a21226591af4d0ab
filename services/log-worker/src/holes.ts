import type { Logger } from '@gapless/shared/runtime';

/**
 * Events that neither MongoDB nor the log has: MongoDB was restored from a backup that is older than what the log still
 * holds. Nothing brings them back, so whoever runs the system is told until the worker is started anew.
 */
export interface Holes {
  found(stream: string, from: number, to: number): void;
  events(): number;
  obstacles(): readonly string[];
}

export function createHoles(logger: Logger): Holes {
  const holes = new Map<string, number>();
  return {
    found(stream, from, to) {
      holes.set(`${stream}: neither MongoDB nor the log has the events ${from} to ${to}`, to - from + 1);
      logger.fatal({ stream, from, to }, 'neither MongoDB nor the log has these events');
    },
    events: () => [...holes.values()].reduce((sum, events) => sum + events, 0),
    obstacles: () => [...holes.keys()],
  };
}
