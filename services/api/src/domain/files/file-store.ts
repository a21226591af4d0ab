/** From the first byte to the last, both inclusive. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface ByteSource extends AsyncIterable<Uint8Array> {}

/**
 * Where the bytes of files are, and nothing else that is known of them. A key is made of letters, digits and `-`, is written
 * once, and what is under it never changes. Each rejects with `store_unavailable` while the store is away.
 */
export interface FileStore {
  /**
   * Resolves when all of it is kept. Takes no more than it can pass on, so that no file is ever whole in memory; when the source
   * fails it rejects with the same error and keeps nothing.
   */
  put(key: string, bytes: ByteSource, type: string): Promise<void>;
  /** `undefined`: there is nothing under that key. */
  read(key: string, range?: ByteRange): Promise<ByteSource | undefined>;
  /** Also of what is not there, or only in part. */
  remove(key: string): Promise<void>;
}
