/** Hashes are slow on purpose; who asks for too many at once is refused with `busy`. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for `undefined` (no such account) as for a wrong password. */
  matches(passwordHash: string | undefined, password: string): Promise<boolean>;
  /** Made with other parameters than today's. */
  outdated(passwordHash: string): boolean;
}
