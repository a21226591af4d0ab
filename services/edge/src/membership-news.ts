import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep } from '@gapless/shared/runtime';
import type { AddedEvent, InboxEvent, OutEvent, RoomAccess, RoomId, UserId } from '@gapless/shared/schema';
import type { LiveSockets } from './live-sockets.ts';
import type { RoomAccessCache } from './room-access.ts';
import type { Session } from './session.ts';

/** Brings rooms that users come into to their sockets, also where this edge does not hear the room. */
export interface MembershipNews {
  /** What the user's inbox tells. */
  heard(user: UserId, event: InboxEvent): void;
  /** What his inbox told may have been missed. */
  doubt(user: UserId): void;
  /** Brings the socket into the rooms that it lacks: what came while it greeted, or was in an earlier stay, did not. */
  complete(session: Session): void;
  /**
   * Brings the socket into a room that it had, or asked for, if it does not have it: its user was out meanwhile. From that
   * cursor on, or from where the membership begins.
   */
  again(session: Session, room: RoomId, cursor?: number): void;
}

export interface MembershipNewsDeps {
  readonly access: Pick<RoomAccessCache, 'hears' | 'known' | 'load' | 'membership' | 'reload'>;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'inOwnTime' | 'resume'>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
}

/** The room's own event may be stored after this one, and who may use it is written behind that. */
const looks = 12;
/** The first ones wait for nobody; the others may be many, of many rooms, for long. */
const ownLooks = 3;
const pace = { firstMs: 50, maxMs: 5_000 };

type Added = Pick<AddedEvent, 'in' | 'ver'>;

export function createMembershipNews({ access, liveSockets, sessionsOf }: MembershipNewsDeps): MembershipNews {
  const isHere = (user: UserId): boolean => sessionsOf(user).length > 0;

  /** `false` when he is in the room no more. A join that is not in the log yet is waited for as long as anybody wants it. */
  const isIn = async (user: UserId, { in: room, ver }: Added, isWanted = () => isHere(user)): Promise<boolean> => {
    for (let look = 0; isWanted(); look++) {
      const known = access.membership(user, room);
      if (known !== undefined && known.ver >= ver && known.since > 0) return true;
      if (known === undefined && look >= looks) return false;
      await sleep(backoffMs(look, pace));
      // Who left meanwhile is forgotten, and stays so.
      if (look >= ownLooks) await access.reload(user);
      else if (isHere(user)) await access.load(user);
    }
    return false;
  };

  const isOut = (session: Session, room: RoomId): boolean =>
    session.phase === 'ready' && !session.rooms.has(room) && !session.hasLeft(room);
  const lacks = (session: Session, room: RoomId): boolean => session.followsAll && isOut(session, room);

  /** Whatever he sees of the time before: the event that made him a member comes first, then the room is live. */
  const begun = (user: UserId, room: RoomId): RoomAccess | undefined => {
    const known = access.membership(user, room);
    return known === undefined ? undefined : { ...known, own: known.own ?? [] };
  };

  /** From that cursor on, or from the event on that made him a member. */
  const enter = async (session: Session, room: RoomId, cursor?: number): Promise<void> => {
    if (!isOut(session, room)) return;
    const unheard = !access.hears(room);
    const undo = await liveSockets.follow(session, [room]);
    const isNow = () => begun(session.user, room);
    let entered: { readonly resumed: Promise<void> };
    try {
      // A membership that ended before the room was heard ends here. Who left meanwhile is forgotten, and stays so.
      if (unheard && session.phase !== 'closed') await access.load(session.user);
      entered = await liveSockets.inOwnTime([room], isNow, () => ({ resumed: resume(session, room, undo, cursor) }));
    } catch (error) {
      undo();
      throw error;
    }
    await entered.resumed;
  };

  /** By now it may be another stay, or none. */
  const resume = async (session: Session, room: RoomId, undo: () => void, cursor?: number): Promise<void> => {
    const membership = access.membership(session.user, room);
    if (membership === undefined) return undo();
    const stay = session.rooms.get(room);
    if (stay === undefined) return enter(session, room, cursor);
    // Its client has joined it meanwhile, from where it knows.
    if (stay.asked > 0) return;
    await liveSockets.resume(session, [{ room, cursor: cursor ?? membership.since - 1, membership }]);
  };

  const added = async (user: UserId, event: Added): Promise<void> => {
    if (!(await isIn(user, event))) return;
    const lacking = sessionsOf(user).filter((session) => lacks(session, event.in));
    await Promise.all(lacking.map((session) => enter(session, event.in)));
  };

  const complete = (session: Session): void => {
    const { user } = session;
    for (const [room, { ver }] of access.known(user)) {
      if (lacks(session, room)) persist(user, () => added(user, { in: room, ver }));
    }
  };

  const renew = async (user: UserId): Promise<void> => {
    await access.load(user);
    for (const session of sessionsOf(user)) complete(session);
  };

  /** The bucket says so as well: reading it ends what is left of the membership here. */
  const out = async (user: UserId, { in: room, ver }: OutEvent): Promise<void> => {
    if ((access.membership(user, room)?.ver ?? ver) < ver) await access.load(user);
  };

  /** For as long as he is here: what is missed then is made up for by the next `hello`. */
  const persist = (user: UserId, work: () => Promise<void>, tries = 0): void => {
    if (!isHere(user)) return;
    work().catch(async (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      await sleep(backoffMs(tries, pace));
      persist(user, work, tries + 1);
    });
  };

  return {
    heard: (user, event) => {
      if (event.t === 'out') return persist(user, () => out(user, event));
      if (event.t !== 'added') return;
      for (const session of sessionsOf(user)) session.forgetLeft(event.in);
      persist(user, () => added(user, event));
    },
    doubt: (user) => persist(user, () => renew(user)),
    complete,
    again: (session, room, cursor) => {
      const { user } = session;
      const ver = access.membership(user, room)?.ver;
      if (ver === undefined || !isOut(session, room)) return;
      persist(user, async () => {
        if (await isIn(user, { in: room, ver }, () => isOut(session, room))) await enter(session, room, cursor);
      });
    },
  };
}
