import type { Revocation } from '../schema/index.ts';

/** Which sessions and users are not to be served any more; remembered for longer than any access token lives. */
export interface Revocations {
  /** Makes the place where they are kept, or brings its settings up to date. May be repeated. */
  ensure(): Promise<void>;
  /** Resolves when it is stored; once, however often. Rejects with `log_unavailable`. */
  publish(revocation: Revocation): Promise<void>;
  /** Tells all that are kept, and those to come; some perhaps twice. */
  follow(listener: RevocationsListener): RevocationsFollowing;
}

export interface RevocationsListener {
  revoked(revocation: Revocation): void;
}

export interface RevocationsFollowing {
  /**
   * Whether the listener has heard everything that was kept a moment ago, proven since the last interruption: a connection
   * that was lost, a process that stood still, a store that is another one. Whoever is asked to serve meanwhile may not.
   */
  isCurrent(): boolean;
  /** Nobody is there to ask: waiting does not help. */
  isAway(): boolean;
  /** Counts interruptions: behind each, what was kept may be gone. */
  readonly interruptions: number;
  stop(): void;
}
