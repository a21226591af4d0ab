import { bucketOf, type LoggedEvent } from '@gapless/shared/bus';
import { Bell } from './bell.ts';
import { Lane } from './lane.ts';

/** What a stream's reader may be ahead of its writers. */
export interface LanesSettings {
  readonly lanes: number;
  readonly batchEvents: number;
  readonly batchWaitMs: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * Spreads a stream over lanes that are written side by side. A room is always in the same lane, so its events stay in order;
 * a lane that cannot write holds up only its own rooms, until what may be held is full.
 */
export interface Lanes {
  readonly all: readonly Lane[];
  /** Takes the next event of the stream; waits while too much is held. */
  put(event: LoggedEvent): Promise<void>;
  /** What the lane gave out last is in MongoDB. */
  written(lane: Lane, batch: readonly LoggedEvent[]): void;
  /** Every event up to there is in MongoDB. */
  writtenUpTo(): number;
  /** Events that were read and are not in MongoDB. */
  held(): number;
  /** Nothing more is put; what is held is still given out. */
  end(): void;
  /** It ended, and nothing is held. */
  drained(): boolean;
  /** Until something was written, or it ended. */
  changed(): Promise<void>;
}

export function createLanes(from: number, settings: LanesSettings): Lanes {
  const { batchEvents: maxEvents, batchWaitMs: maxWaitMs } = settings;
  const all = Array.from({ length: settings.lanes }, () => new Lane({ maxEvents, maxWaitMs }));
  const bell = new Bell();
  const held = { events: 0, bytes: 0 };
  let last = from - 1;
  let ended = false;
  const isFull = () => held.events >= settings.maxEvents || held.bytes >= settings.maxBytes;

  return {
    all,
    async put(event) {
      while (isFull() && !ended) await bell.wait();
      if (ended) return;
      held.events++;
      held.bytes += event.bytes.byteLength;
      last = event.seq;
      (all[bucketOf(event.room) % all.length] as Lane).push(event);
    },
    written(lane, batch) {
      lane.written();
      held.events -= batch.length;
      for (const { bytes } of batch) held.bytes -= bytes.byteLength;
      bell.ring();
    },
    writtenUpTo: () => {
      const oldest = all.flatMap((lane) => lane.oldest ?? []);
      return oldest.length === 0 ? last : Math.min(...oldest) - 1;
    },
    held: () => held.events,
    end() {
      ended = true;
      bell.ring();
      for (const lane of all) lane.end();
    },
    drained: () => ended && held.events === 0,
    changed: () => bell.wait(),
  };
}
