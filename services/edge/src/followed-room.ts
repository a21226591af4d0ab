import type { Following, LiveRooms } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { withDeadline } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';

export interface FollowedRoomDeps {
  readonly live: LiveRooms;
  /** Each fresh event once, in rising order; `sockets` is how many are in the room. */
  readonly deliver: (room: RoomId, seq: number, prev: number, bytes: Uint8Array, sockets: number) => void;
  readonly skipped: (why: 'duplicate' | 'gap') => void;
  readonly roomLingerMs: number;
  readonly followDeadlineMs?: number;
}

/** One room that this edge hears, and how far it has come in it. */
export class FollowedRoom {
  /** Resolves once the server knows of the interest; rejects with a `Failure` when it does not in time. */
  readonly followed: Promise<void>;
  readonly #id: RoomId;
  readonly #deps: FollowedRoomDeps;
  readonly #following: Promise<Following>;
  readonly #gone: () => void;
  #sockets = 0;
  #cursor = 0;
  #heard = false;
  #ended = false;
  #linger: NodeJS.Timeout | undefined;

  /** `gone` is called when the room is followed no more, whoever ended it. */
  constructor(id: RoomId, deps: FollowedRoomDeps, gone: () => void) {
    this.#id = id;
    this.#deps = deps;
    this.#gone = gone;
    this.#following = deps.live.follow(id, {
      event: (seq, prev, bytes) => this.#take(seq, prev, bytes),
      signal: () => undefined,
    });
    this.followed = this.#awaitFollowing(deps.followDeadlineMs ?? 5_000);
    // Those who wait hear of a failure; nobody may be waiting any more.
    this.followed.catch(() => undefined);
  }

  get heard(): boolean {
    return this.#heard;
  }

  get cursor(): number {
    return this.#cursor;
  }

  enter(): void {
    clearTimeout(this.#linger);
    this.#sockets++;
  }

  leave(): void {
    if (--this.#sockets > 0 || this.#ended) return;
    this.#linger = setTimeout(() => this.end(), this.#deps.roomLingerMs).unref();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#linger);
    this.#gone();
    this.#following.then(
      (following) => following.stop(),
      () => undefined,
    );
  }

  /** Numbers only rise. A hole is passed on and shows in `prev`: here is where it will be filled. */
  #take(seq: number, prev: number, bytes: Uint8Array): void {
    if (this.#ended) return;
    if (seq <= this.#cursor) return this.#deps.skipped('duplicate');
    if (this.#cursor > 0 && prev > this.#cursor) this.#deps.skipped('gap');
    this.#cursor = seq;
    this.#deps.deliver(this.#id, seq, prev, bytes, this.#sockets);
  }

  async #awaitFollowing(deadlineMs: number): Promise<void> {
    try {
      await withDeadline('following a room', deadlineMs, this.#following);
      this.#heard = true;
    } catch (cause) {
      this.end();
      throw cause instanceof Failure ? cause : new Failure('log_unavailable', { cause });
    }
  }
}
