import type { RoomAccess, RoomId, UserAccess } from '@gapless/shared/schema';

interface Known extends RoomAccess {
  readonly out: boolean;
  /** When the room’s log told of it; left out when the bucket has, as it does of nearly all. */
  readonly heardAt?: number;
  /** Since when the bucket does not name the room; of which version that is it does not say. */
  readonly doubtfulSince?: number;
}

/** The bucket is written after the log: for this long what the log told counts more, and nobody is asked. */
const heardCountsMs = 10_000;
/** No event of before is on its way for longer. */
const outKeptMs = 600_000;

/** What the bucket says of rooms that were known otherwise. */
interface Replaced {
  /** The user is not in them any more. */
  readonly lost: readonly RoomId[];
  /** He was out and is in again: see `isAnotherStay`. */
  readonly begunAnew: readonly RoomId[];
}

/** One user's rooms, from two sources that overtake one another: of each membership the newest version counts. */
export class MemberRooms {
  readonly #rooms = new Map<RoomId, Known>();

  has(room: RoomId): boolean {
    return this.#rooms.get(room)?.out === false;
  }

  membership(room: RoomId): RoomAccess | undefined {
    const known = this.#rooms.get(room);
    return known?.out === false ? known : undefined;
  }

  current(): ReadonlyMap<RoomId, RoomAccess> {
    return new Map([...this.#rooms].filter(([, known]) => !known.out));
  }

  /** `false` when only the bucket can tell: the join may be one from before the membership that it does not name any more. */
  join(room: RoomId, joined: Omit<RoomAccess, 'blk'>, now: number): boolean {
    const known = this.#rooms.get(room);
    if (known?.doubtfulSince !== undefined) return false;
    if (known !== undefined && known.ver >= joined.ver) {
      // The bucket was read before it knew where the stay begins, and which ones ended before it.
      if (isSameStay(known, joined) && known.since < joined.since) {
        this.#rooms.set(room, knownOf({ ...known, since: joined.since, ...formerOf(joined) }, known));
      }
      return true;
    }
    this.#rooms.set(room, knownOf(joined, { out: false, heardAt: now }));
    return true;
  }

  /** What a membership that goes on has become; `false` when only the bucket can tell. */
  become(room: RoomId, ver: number, change: (before: RoomAccess) => RoomAccess): boolean {
    const known = this.#rooms.get(room);
    if (known === undefined || known.out) return false;
    if (known.ver < ver) this.#rooms.set(room, knownOf({ ...change(known), ver }, known));
    return true;
  }

  /** Whether it ended a membership. */
  leave(room: RoomId, ver: number, now: number): boolean {
    const known = this.#rooms.get(room);
    if (known !== undefined && known.ver >= ver) return false;
    this.#rooms.set(room, { role: 'member', since: 0, ver, out: true, heardAt: now });
    return known?.out === false;
  }

  /**
   * Whether the bucket lacks a membership that the log told of and that it never named: it may be late, as it is while NATS
   * or who writes it stands, or have heard of an end of which this edge has not. Who keeps the memberships knows.
   */
  isContradicted(rooms: UserAccess, now: number): boolean {
    return [...this.#rooms].some(
      ([room, { out, heardAt }]) =>
        !out && heardAt !== undefined && now - heardAt >= heardCountsMs && !Object.hasOwn(rooms, room),
    );
  }

  /** Takes over what the bucket holds; `asked`: what who keeps the memberships says, of which the bucket may not know yet. */
  replace(rooms: UserAccess, now: number, asked = false): Replaced {
    const begunAnew: RoomId[] = [];
    for (const [room, access] of Object.entries(rooms) as [RoomId, RoomAccess][]) {
      const known = this.#rooms.get(room);
      if (known !== undefined && !isOlder(known, access)) continue;
      // What the bucket says of a stay may be from before its event was stored.
      const isBehind = known !== undefined && isSameStay(known, access) && known.since > access.since;
      const next = isBehind ? { ...access, since: known.since, ...formerOf(known) } : access;
      this.#rooms.set(room, knownOf(next, asked && known?.out === false ? known : { out: false }));
      if (known?.out === false && isAnotherStay(known, next)) begunAnew.push(room);
    }
    const lost: RoomId[] = [];
    for (const [room, known] of this.#rooms) {
      if (Object.hasOwn(rooms, room) || now - (known.heardAt ?? -Infinity) < heardCountsMs) continue;
      if (now - (known.doubtfulSince ?? now) > outKeptMs) this.#rooms.delete(room);
      if (known.doubtfulSince !== undefined) continue;
      this.#rooms.set(room, { ...known, out: true, doubtfulSince: now });
      if (!known.out) lost.push(room);
    }
    return { lost, begunAnew };
  }
}

/**
 * Where one sees one's own time only, what is live of a stay must not go on into the next one: the event that ended it may
 * still be on its way, or never come.
 */
export const isAnotherStay = (before: RoomAccess, now: RoomAccess): boolean =>
  now.own !== undefined && !isSameStay(before, now);

/** Where nobody says when it began, since all is seen there, a newer version may be another stay. */
const isSameStay = (one: RoomAccess, other: RoomAccess): boolean =>
  one.jv === undefined || other.jv === undefined ? one.ver === other.ver : one.jv === other.jv;

const formerOf = ({ own }: Pick<RoomAccess, 'own'>): Pick<RoomAccess, 'own'> => (own === undefined ? {} : { own });

/** By its fields: what is spread from parsed JSON has a hidden class of its own each, which is more than all that it says. */
function knownOf(access: RoomAccess, { out, heardAt }: Pick<Known, 'out' | 'heardAt'>): Known {
  const { role, ver, since, own, jv, mute, blk } = access;
  const known: Known = heardAt === undefined ? { role, ver, since, out } : { role, ver, since, out, heardAt };
  if (own === undefined && mute === undefined && blk === undefined) return known;
  return {
    ...known,
    ...(own === undefined ? {} : { own }),
    ...(jv === undefined ? {} : { jv }),
    ...(mute === undefined ? {} : { mute }),
    ...(blk === undefined ? {} : { blk }),
  };
}

/** A copy of the bucket that did not name the room may have been an old one: what names it again is believed. */
const isOlder = (known: Known, { ver }: RoomAccess): boolean =>
  ver > known.ver || (ver === known.ver && (!known.out || known.doubtfulSince !== undefined));
