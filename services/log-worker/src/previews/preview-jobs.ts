import type { OpId, RoomId, UserId } from '@gapless/shared/schema';

/** One link of one text that is to be looked at. */
export interface PreviewJob {
  /** Of the event that will tell: the same for the same text, however often it is asked for. */
  readonly op: OpId;
  readonly room: RoomId;
  readonly message: number;
  /** Version of the text. */
  readonly version: number;
  readonly author: UserId;
  readonly url: string;
}

export interface TakenJob extends PreviewJob {
  /** This time included. */
  readonly tries: number;
}

/** Links that wait, in the store: none is lost with a process, and many workers share them. */
export interface PreviewJobs {
  prepare(): Promise<void>;
  /** May be repeated. */
  add(jobs: readonly PreviewJob[]): Promise<void>;
  /** About how many wait. */
  waiting(): Promise<number>;
  /** The one that is due for longest, which nobody else gets within the lease. */
  take(leaseMs: number): Promise<TakenJob | undefined>;
  /** Due again after that time; `untried`: it was not tried. */
  putBack(op: OpId, afterMs: number, options?: { readonly untried: true }): Promise<void>;
  done(op: OpId): Promise<void>;
  /** Whether the message still says that, and shows no preview of it. */
  isWanted(job: PreviewJob): Promise<boolean>;
  /** Hands the preview to the outbox. */
  tell(job: PreviewJob, event: string): Promise<void>;
}
