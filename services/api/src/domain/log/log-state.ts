/** How far the store is behind a stream of the log. */
export interface StreamStanding {
  readonly stream: string;
  readonly last: number;
  readonly watermark: number;
  readonly events: number;
  readonly bytes: number;
  readonly fullAt: number;
  readonly oldest?: Date;
  readonly heardAt: Date;
}

/** Of every stream of which a log worker has said something. Rejects while the log cannot be asked. */
export type LogState = () => Promise<readonly StreamStanding[]>;
