import { Failure } from '@gapless/shared/errors';
import { bareId, inboxOf, isInbox, type RoomAccess, type RoomId, type UserId } from '@gapless/shared/schema';
import type { LiveSockets, Resumed } from '../live-sockets.ts';
import type { MembershipNews } from '../membership-news.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './operation.ts';

export interface JoinDeps {
  readonly access: Pick<RoomAccessCache, 'hears' | 'isMember' | 'load' | 'membership' | 'reload'>;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'inOwnTime' | 'announce' | 'resume'>;
  readonly membershipNews: Pick<MembershipNews, 'again'>;
}

/** All rooms of the frame become live, or none; of those with a cursor the ones that are not mine any more are named. */
export function createJoin({ access, liveSockets, membershipNews }: JoinDeps): Handler<'join'> {
  return async (session, { i, rs, since }) => {
    const { user } = session;
    const named = (room: RoomId): RoomId => (room === (user as string) ? inboxOf(user) : room);
    const asked = Object.entries(since ?? {}) as [RoomId, number][];
    const cursors = new Map(asked.map(([room, cursor]) => [named(room), cursor]));
    const wanted = [...new Set(rs.map(named))];
    const membership = (room: RoomId) => membershipOf(access, user, room);
    for (const room of wanted) session.forgetLeft(room);
    const staying = new Set(wanted);
    const answered = session.joins.open(staying);
    let isIn: boolean[];
    try {
      // About all at once: they share a read of the bucket, and the next one is a second away.
      isIn = await Promise.all(wanted.map((room) => isInbox(room) || access.isMember(user, room)));
    } finally {
      answered();
    }
    if (wanted.some((room, n) => !isIn[n] && !cursors.has(room))) throw new Failure('not_member');
    // What he left, or was removed from, meanwhile he does not enter; from `follow` on that ends the stay.
    const mine = wanted.filter((room, n) => isIn[n] && staying.has(room) && membership(room) !== undefined);
    const unheard = mine.some((room) => !access.hears(room));
    const undo = await liveSockets.follow(session, mine);
    if (session.phase === 'closed') return;
    const enter = (): { replayed: Promise<void> } => {
      const resumed = mine.flatMap((room): Resumed[] => {
        const own = membership(room);
        const cursor = cursors.get(room);
        return cursor === undefined || own === undefined ? [] : [{ room, cursor, membership: own }];
      });
      for (const room of wanted) if (membership(room) === undefined) session.send({ t: 'removed', r: bareId(room) });
      liveSockets.announce(
        session,
        mine.filter((room) => !cursors.has(room)),
      );
      // Who was out and is in again while others were waited for.
      for (const room of mine) if (!isInbox(room)) membershipNews.again(session, room, cursors.get(room));
      return { replayed: liveSockets.resume(session, resumed) };
    };
    let entered: ReturnType<typeof enter>;
    try {
      // A membership that ended before the room was heard ends here, and the bucket knows of stays before one that was just heard of.
      if (unheard) await access.load(user);
      else if (mine.some((room) => lacksFormer(membership(room), cursors.get(room)))) await access.reload(user);
      entered = await liveSockets.inOwnTime(mine, membership, enter);
    } catch (error) {
      undo();
      throw error;
    }
    await entered.replayed;
    session.ok(i);
  };
}

const lacksFormer = (membership: Resumed['membership'] | undefined, cursor = Number.POSITIVE_INFINITY): boolean =>
  membership?.own?.length === 0 && cursor < membership.since - 1;

/** Of his own inbox a user sees all; nobody can name another's. */
const membershipOf = (
  access: Pick<RoomAccessCache, 'membership'>,
  user: UserId,
  room: RoomId,
): Pick<RoomAccess, 'since' | 'own'> | undefined => (isInbox(room) ? { since: 0 } : access.membership(user, room));
