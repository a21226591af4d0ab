import type { Logger } from '../runtime/index.ts';
import type { Heads, StreamState } from './bus.ts';

/**
 * Whether the log takes more. What is in a stream and not in MongoDB must stay there; before it fills the stream, new events
 * are refused without being sent, so that nothing old is ever in the way. It heals by itself when the log worker catches up.
 */
export interface LogRoom {
  /** What a log worker says of a stream decides, until the next time. */
  heard(heads: Heads): void;
  /** JetStream itself had no room for an event. It may for the next one, and it knows the old ones: that one is sent. */
  refused(stream: string): void;
  /** Too much waits for MongoDB: send nothing. */
  isFull(stream: string): boolean;
  /** Streams of which events are being refused, by whomever. */
  full(): readonly string[];
}

/** Of a stream's bytes: as much may wait for MongoDB. The rest is for what is under way. */
const unwrittenShare = 0.8;
/** Of a stream's bytes, persisted or not: from here on JetStream refuses now one event and now another. */
const brimShare = 0.98;

export function createLogRoom(logger: Logger): LogRoom {
  const unwritten = new Set<string>();
  const brimming = new Set<string>();
  const durables = new Map<string, Pick<Heads, 'created' | 'durable'>>();
  const isRefusing = (stream: string) => unwritten.has(stream) || brimming.has(stream);

  /** A worker that has not reached MongoDB since its start says 0; others said more before. */
  const durableOf = ({ stream, created, durable }: Heads): number => {
    const before = durables.get(stream);
    if (durable === 0 && before?.created === created) return before.durable;
    durables.set(stream, { created, durable });
    return durable;
  };

  const noting = (stream: string, change: () => void): void => {
    const before = isRefusing(stream);
    change();
    if (before === isRefusing(stream)) return;
    if (before) logger.info({ stream }, 'the log takes more again');
    else logger.error({ stream }, 'the log takes no more until it is persisted');
  };

  return {
    heard: (heads) =>
      noting(heads.stream, () => {
        const { stream, first = 1, last, bytes, max } = heads;
        const waiting = unwrittenBytes({ first, last, bytes }, durableOf(heads));
        if (max > 0 && waiting >= unwrittenShare * max) unwritten.add(stream);
        else unwritten.delete(stream);
        if (bytes < brimShare * max) brimming.delete(stream);
      }),
    refused: (stream) => noting(stream, () => brimming.add(stream)),
    isFull: (stream) => unwritten.has(stream),
    full: () => [...new Set([...unwritten, ...brimming])],
  };
}

/** So many bytes may wait for MongoDB in a stream of that size. */
export const mostUnwritten = (max: number): number => Math.floor(unwrittenShare * max);

/** About: as if all events of the stream were of one size. */
export function unwrittenBytes(state: Pick<StreamState, 'first' | 'last' | 'bytes'>, durable: number): number {
  const events = state.last - state.first + 1;
  if (events <= 0) return 0;
  const unwritten = Math.min(events, Math.max(0, state.last - durable));
  return Math.round((state.bytes * unwritten) / events);
}
