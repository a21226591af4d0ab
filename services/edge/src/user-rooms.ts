import { type Clock, sleep } from '@gapless/shared/runtime';
import type { RoomId, UserAccess, UserId } from '@gapless/shared/schema';
import { MemberRooms } from './member-rooms.ts';

/** Of all users: what each of them had of his own would be more than his rooms. */
export interface UserRoomsDeps {
  /** What the bucket, or who writes it, says now. */
  readonly read: (user: UserId) => Promise<UserAccess>;
  /** What who keeps the memberships says now. */
  readonly ask: (user: UserId) => Promise<UserAccess>;
  readonly removed: (user: UserId, room: RoomId) => void;
  readonly begunAnew: (user: UserId, room: RoomId) => void;
  readonly clock: Clock;
}

const readSpacingMs = 1_000;
/** Reads and questions in the order in which they began: two of them may share a millisecond. */
let turn = 0;

/** The rooms of one user who has a socket here, and when they were last read. */
export class UserRooms {
  readonly rooms = new MemberRooms();
  readonly #user: UserId;
  readonly #deps: UserRoomsDeps;
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #readTurn = 0;
  #reading: Promise<void> | undefined;
  #reads = 0;
  #forgotten = false;

  constructor(user: UserId, deps: UserRoomsDeps) {
    this.#user = user;
    this.#deps = deps;
  }

  ageMs(): number {
    return this.#deps.clock.now() - this.#readAt;
  }

  /** Whether an end of a membership there is worth noting: it ends one, or an answer that is on its way may still name it. */
  concerns(room: RoomId): boolean {
    return this.#reads > 0 || this.rooms.has(room);
  }

  async read(): Promise<void> {
    const { clock, removed, begunAnew } = this.#deps;
    const began = clock.now();
    const beganTurn = ++turn;
    this.#triedAt = began;
    this.#reads++;
    const { rooms, at, asked } = await this.#readOrAsk().finally(() => {
      this.#reads--;
    });
    // One that began later was faster, and knows more; of who has come back since, somebody else keeps what is known.
    if (beganTurn < this.#readTurn || this.#forgotten) return;
    this.#readAt = began;
    this.#readTurn = beganTurn;
    const replaced = this.rooms.replace(rooms, at, asked);
    for (const room of replaced.lost) removed(this.#user, room);
    for (const room of replaced.begunAnew) begunAnew(this.#user, room);
  }

  /** Nothing that is still on its way ends anything. */
  forget(): void {
    this.#forgotten = true;
  }

  /** Resolves with the read that is under way, or else the next one: for who asks because what is known is old. */
  readAgain(): Promise<void> {
    this.#reading ??= this.#readSpaced().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Resolves with a read that began after this call, shared by all who wait and a second after the one before. One that
   * was under way already may have missed what the asker knows of.
   */
  async readAnew(): Promise<void> {
    const asked = ++turn;
    while (this.#readTurn < asked && !this.#forgotten) await this.readAgain();
  }

  async #readOrAsk(): Promise<{ rooms: UserAccess; at: number; asked: boolean }> {
    const { clock, read, ask } = this.#deps;
    const rooms = await read(this.#user);
    const at = clock.now();
    if (!this.rooms.isContradicted(rooms, at)) return { rooms, at, asked: false };
    return { rooms: await ask(this.#user), at: clock.now(), asked: true };
  }

  async #readSpaced(): Promise<void> {
    await sleep(Math.max(0, this.#triedAt + readSpacingMs - this.#deps.clock.now()));
    await this.read();
  }
}
