/** Somebody else writes the stream now: stop, and stand by. */
export class Deposed extends Error {
  constructor(stream: string) {
    super(`another worker writes ${stream} now`);
    this.name = 'Deposed';
  }
}

/** MongoDB was put back to an earlier time: start again where it stood then, whatever is remembered here. */
export class SetBack extends Error {
  constructor(stream: string, seq: number, before: number) {
    super(`MongoDB knows ${stream} up to ${seq}, and knew it up to ${before}: it was put back to an earlier time`);
    this.name = 'SetBack';
  }
}

/** What MongoDB knows of a stream. */
export interface StreamRecord {
  /** Watermark: MongoDB holds every event up to here, or knows that it can never be written. */
  readonly seq: number;
  /** Highest number that a worker noted to have been given. */
  readonly high: number;
  /** The stream that may be appended to; empty while none may. */
  readonly created: string;
}

/**
 * The right to write one stream. Every verb that writes rejects with `Deposed` once somebody else has it, and with `SetBack`
 * when the watermark is below where this lease knew it.
 */
export interface StreamLease {
  readonly stream: string;
  readonly epoch: number;
  /** Keeps the lease, and notes the highest number given. */
  renew(high: number): Promise<void>;
  /** MongoDB's watermark as it is now, from which this lease goes on. */
  position(): Promise<number>;
  /** Moves the watermark; never back. */
  advance(seq: number): Promise<void>;
  /** From now on nobody vouches for the stream. */
  distrust(): Promise<void>;
  /** The stream made at that time may be appended to, and holds nothing up to `seq` that MongoDB lacks. */
  trust(created: string, seq: number): Promise<void>;
  /** Keeps for good that nobody has these events. */
  noteHole(from: number, to: number): Promise<void>;
  /** How far the stream is projected for search. */
  searched(): Promise<number>;
  /** Moves that on, never beyond the watermark; rejects with `SetBack` where it is not at `from`. */
  moveSearched(from: number, to: number): Promise<void>;
  /** Lets a successor in at once. */
  release(): Promise<void>;
}

/** One writer per stream, elected and fenced by MongoDB and its clock (`docs/adr/0005-one-writer-per-stream.md`). */
export interface StreamLeases {
  /** `undefined` while another holder's lease runs. */
  take(stream: string): Promise<StreamLease | undefined>;
  record(stream: string): Promise<StreamRecord>;
  /** Notes that a number was given, holder or not; never takes it back. */
  note(stream: string, high: number): Promise<void>;
}
