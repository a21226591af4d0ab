import type { StreamRecord } from './stream-lease.ts';

/** What this process has seen of a stream: enough to tell a set-back of the log while MongoDB is away. */
export interface StreamMemory {
  /** Highest number known to have been given. */
  readonly seen: number;
  /** Highest number known to be in MongoDB. */
  readonly durable: number;
  /** The stream that MongoDB last said may be appended to; empty when it said none, or was never asked. */
  readonly created: string;
  see(seq: number): void;
  persisted(seq: number): void;
  recorded(record: StreamRecord): void;
}

export function createStreamMemory(): StreamMemory {
  let seen = 0;
  let durable = 0;
  let created = '';
  const see = (seq: number): void => {
    seen = Math.max(seen, seq);
  };
  const persisted = (seq: number): void => {
    durable = Math.max(durable, seq);
    see(seq);
  };
  return {
    get seen() {
      return seen;
    },
    get durable() {
      return durable;
    },
    get created() {
      return created;
    },
    see,
    persisted,
    recorded(record) {
      created = record.created;
      // A MongoDB that was put back holds less than it did; numbers that were given stay given.
      durable = record.seq;
      see(record.seq);
      see(record.high);
    },
  };
}
