import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep } from '@gapless/shared/runtime';
import type { AddedEvent, InboxEvent, OutEvent, RoomAccess, UserId } from '@gapless/shared/schema';
import type { LiveSockets } from './live-sockets.ts';
import type { RoomAccessCache } from './room-access.ts';
import type { Session } from './session.ts';

/** What a user's inbox tells of his memberships, for edges that do not hear the room. */
export type MembershipNews = (user: UserId, event: InboxEvent) => void;

export interface MembershipNewsDeps {
  readonly access: Pick<RoomAccessCache, 'load' | 'membership'>;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'reachOwnTime' | 'resume'>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
}

/** The room's own event may be stored after this one, and who may use it is written behind that. */
const looks = 12;
const pace = { firstMs: 50, maxMs: 5_000 };

export function createMembershipNews({ access, liveSockets, sessionsOf }: MembershipNewsDeps): MembershipNews {
  /** `undefined` when he is in the room no more, or nobody could say in time: his next `hello` will. */
  const membershipOf = async (user: UserId, { in: room, ver }: AddedEvent): Promise<RoomAccess | undefined> => {
    for (let look = 0; look < looks && sessionsOf(user).length > 0; look++) {
      const known = access.membership(user, room);
      if (known !== undefined && known.ver >= ver && known.since > 0) return known;
      await sleep(backoffMs(look, pace));
      await access.load(user);
    }
    return undefined;
  };

  /** From the event on that made him a member, on sockets that follow all of his rooms. */
  const enter = async (session: Session, event: AddedEvent, membership: RoomAccess): Promise<void> => {
    const { in: room } = event;
    if (session.phase !== 'ready' || !session.followsAll || session.rooms.has(room)) return;
    const undo = await liveSockets.follow(session, [room]);
    try {
      await liveSockets.reachOwnTime([room], () => access.membership(session.user, room));
    } catch (error) {
      undo();
      throw error;
    }
    if (access.membership(session.user, room) === undefined) return undo();
    await liveSockets.resume(session, [{ room, cursor: membership.since - 1, membership }]);
  };

  const added = async (user: UserId, event: AddedEvent): Promise<void> => {
    const membership = await membershipOf(user, event);
    if (membership === undefined) return;
    await Promise.all(sessionsOf(user).map((session) => enter(session, event, membership)));
  };

  /** The bucket says so as well: reading it ends what is left of the membership here. */
  const out = async (user: UserId, { in: room, ver }: OutEvent): Promise<void> => {
    if ((access.membership(user, room)?.ver ?? ver) < ver) await access.load(user);
  };

  /** While the log is away there is no news either; what is missed is made up for by the next `hello`. */
  const quietly = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  };

  return (user, event) => {
    if (event.t === 'added') quietly(added(user, event));
    else if (event.t === 'out') quietly(out(user, event));
  };
}
