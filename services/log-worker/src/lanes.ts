import { Bell } from './bell.ts';
import { Lane, type Numbered } from './lane.ts';

/** So many waits apart are the batches of a lane in which events keep coming: settings say so as well. */
const waitsApart = 5;

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
export interface Lanes<E extends Numbered> {
  readonly all: readonly Lane<E>[];
  /** Takes the next event of the stream; waits while too much is held. */
  put(event: E): Promise<void>;
  /** What the lane gave out last is in MongoDB. */
  written(lane: Lane<E>, batch: readonly E[]): void;
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

/** `keyOf`: what has the same key stays in order. */
export function createLanes<E extends Numbered>(
  from: number,
  settings: LanesSettings,
  keyOf: (event: E) => number,
): Lanes<E> {
  const { batchEvents: maxEvents, batchWaitMs: maxWaitMs } = settings;
  const paceMs = waitsApart * maxWaitMs;
  const all = Array.from({ length: settings.lanes }, () => new Lane<E>({ maxEvents, maxWaitMs, paceMs }));
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
      (all[keyOf(event) % all.length] as Lane<E>).push(event);
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
