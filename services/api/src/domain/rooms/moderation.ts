import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { mutedForGood, type RoomId, type UserId } from '@gapless/shared/schema';
import { outranks } from '../accounts/roles.ts';
import { depart } from './departure.ts';
import type { Ban, Membership, RoomStore } from './room-store.ts';
import { type Asked, eventOf, type RoomWork, refuseDirect } from './room-work.ts';
import { seenByMember } from './standing.ts';

/**
 * What who keeps order may do to members: owners to moderators and members, moderators to members, nobody to an owner.
 * Each may be repeated: what is so already is done.
 */
export interface Moderation {
  remove(by: UserId, room: RoomId, user: UserId): Promise<void>;
  /** Also of one who is not in: until he is unbanned he can neither join nor be brought in, by no way. */
  ban(by: UserId, room: RoomId, user: UserId, reason?: string): Promise<void>;
  unban(by: UserId, room: RoomId, user: UserId): Promise<void>;
  /** Until then, or for good; also when he leaves and comes back. */
  mute(by: UserId, room: RoomId, user: UserId, until?: Date): Promise<void>;
  unmute(by: UserId, room: RoomId, user: UserId): Promise<void>;
  bans(by: UserId, room: RoomId, page: { above?: UserId | undefined; limit: number }): Promise<Ban[]>;
}

export function createModeration(deps: { store: RoomStore; work: RoomWork; clock: Clock }): Moderation {
  const { store, work, clock } = deps;

  async function setMute(asked: Asked, user: UserId, until: number | undefined): Promise<void> {
    // Whoever was muted before that was refused can be unmuted.
    if (until !== undefined) refuseDirect(asked.room);
    const { change, room, now } = asked;
    const membership = await change.membership(room.id, user);
    if (membership === undefined) throw new Failure('not_found', { detail: 'No such member' });
    refuseUnlessOutranked(asked, membership);
    const { mutedUntil, ...free } = membership;
    // One that has ended by itself is none.
    if (mutedUntil === until || (until === undefined && (mutedUntil ?? 0) <= now)) return;
    const ver = await change.turn(room.id);
    await change.setMembership({ ...free, version: ver, ...(until === undefined ? {} : { mutedUntil: until }) });
    const op = until === undefined ? 'unmute' : 'mute';
    const end = until === undefined || until === mutedForGood ? {} : { until };
    await change.announce(ver, { t: 'mem', ...eventOf(asked), op, us: [user], ver, ...end }, [user]);
  }

  async function expel(asked: Asked, user: UserId, reason: string | undefined): Promise<void> {
    refuseDirect(asked.room);
    const { change, room, by, now } = asked;
    const target = await change.membership(room.id, user);
    if (target !== undefined) refuseUnlessOutranked(asked, target);
    else if (!(await change.active([user])).has(user)) throw new Failure('not_found', { detail: 'No such user' });
    if ((await change.bannedAmong(room.id, [user])).has(user)) return;
    await change.addBan({ room: room.id, user, by, at: new Date(now), ...(reason === undefined ? {} : { reason }) });
    await change.removeInvite(room.id, user);
    if (target !== undefined) return depart(asked, 'ban', target);
    const ver = await change.turn(room.id);
    await change.announce(ver, { t: 'mem', ...eventOf(asked), op: 'ban', us: [user], ver }, []);
  }

  return {
    remove: (by, id, user) =>
      work.run('rooms.remove', by, id, async (asked) => {
        refuseDirect(asked.room);
        const target = await asked.change.membership(id, user);
        if (target === undefined) return;
        refuseUnlessOutranked(asked, target);
        await depart(asked, 'remove', target);
      }),
    ban: (by, id, user, reason) => work.run('rooms.ban', by, id, (asked) => expel(asked, user, reason)),
    unban: (by, id, user) =>
      work.run('rooms.unban', by, id, async (asked) => {
        const { change } = asked;
        if (!(await change.bannedAmong(id, [user])).has(user)) return;
        await change.removeBan(id, user);
        const ver = await change.turn(id);
        await change.announce(ver, { t: 'mem', ...eventOf(asked), op: 'unban', us: [user], ver }, []);
      }),
    async mute(by, id, user, until) {
      if (until !== undefined && until.getTime() <= clock.now()) {
        throw new Failure('invalid_request', { detail: '`until` has passed' });
      }
      await work.run('rooms.mute', by, id, (asked) => setMute(asked, user, until?.getTime() ?? mutedForGood));
    },
    unmute: (by, id, user) => work.run('rooms.unmute', by, id, (asked) => setMute(asked, user, undefined)),
    async bans(user, room, page) {
      await seenByMember(store, 'rooms.bans', { room, user, now: clock.now() });
      return store.bansOf(room, page);
    },
  };
}

function refuseUnlessOutranked({ membership: by, byRight }: Asked, on: Membership): void {
  if (byRight || outranks(by.role, on.role)) return;
  const detail = on.role === 'owner' ? 'Nobody acts on an owner' : 'Not on one of the same standing';
  throw new Failure('forbidden', { detail });
}
