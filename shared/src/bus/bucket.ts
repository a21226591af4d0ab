/** A key-value bucket of JSON. */
export interface Bucket {
  read(key: string): Promise<Kept | undefined>;
  /** Compare and set: `false` when somebody else wrote since `revision` (0: there was none). */
  write(key: string, value: unknown, revision: number): Promise<boolean>;
}

export interface Kept {
  readonly value: unknown;
  readonly revision: number;
}
