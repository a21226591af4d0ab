import type { Mark } from '@gapless/shared/bus';

/** How far the stream of receipts is in MongoDB. */
export interface Applied {
  /** Time at which the stream was made. */
  readonly created: string;
  readonly seq: number;
}

export interface DatedMark extends Mark {
  /** 0 for what is no mark that others see. */
  readonly at: number;
}

/** How far members have come, in MongoDB. Every verb may be repeated, by several at once, in any order. */
export interface MarkStore {
  /** Raises what is lower, leaves what is not. */
  raise(marks: readonly DatedMark[]): Promise<void>;
  applied(): Promise<Applied | undefined>;
  /** Everything up to there is in. */
  noteApplied(applied: Applied): Promise<void>;
}
