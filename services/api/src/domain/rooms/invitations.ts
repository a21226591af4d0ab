import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import type { People } from '../people/people.ts';
import { admit, type MemberLimits } from './admission.ts';
import type { Invite, InvitePage, InviteStore } from './invites.ts';
import { refuseUnwilling } from './memberships.ts';
import type { RoomChange, RoomChanges } from './room-changes.ts';
import type { Room } from './room-store.ts';
import { type Asked, type RoomWork, refuseArchived, refuseDirect } from './room-work.ts';
import type { RoomView } from './rooms.ts';
import { type RoomReads, seenByMember } from './standing.ts';

/** One person asks another into a room: it is for the other to say. */
export interface Invitations {
  /** Asked again, the same invitation. Whoever is in already, is banned, or has blocked the asker cannot be asked. */
  invite(
    by: UserId,
    room: RoomId,
    named: { user?: UserId | undefined; nickname?: string | undefined },
  ): Promise<Invite>;
  /** Whoever is in by then stays what he is. */
  accept(user: UserId, invite: string): Promise<RoomView>;
  decline(user: UserId, invite: string): Promise<void>;
  /** By who asked, or who keeps order. */
  withdraw(by: UserId, room: RoomId, user: UserId): Promise<void>;
  mine(user: UserId, page: InvitePage): Promise<Invite[]>;
  ofRoom(by: UserId, room: RoomId, page: InvitePage): Promise<Invite[]>;
}

/** Invitations of one room that nobody has answered yet. */
const openInvites = 1_000;
/** Of those, what one may have made who does not keep order: nobody takes them all. */
const openInvitesOfAMember = 100;

export function createInvitations(deps: {
  store: InviteStore;
  rooms: RoomReads;
  changes: RoomChanges;
  work: RoomWork;
  people: Pick<People, 'find'>;
  clock: Clock;
  limits: MemberLimits;
}): Invitations {
  const { store, rooms, changes, work, people, clock, limits } = deps;

  async function ask(asked: Asked, user: UserId): Promise<Invite> {
    const { change, room, by, now, membership } = asked;
    refuseDirect(room);
    refuseArchived(room);
    if ((await change.membership(room.id, user)) !== undefined) {
      throw new Failure('already_member', { detail: 'The user is a member already' });
    }
    await refuseUnwilling(asked, [user]);
    await change.lock(room.id);
    const standing = await change.inviteOf(room.id, user);
    if (standing !== undefined && (await change.membership(room.id, standing.by)) !== undefined) return standing;
    await change.removeInvite(room.id, user);
    if ((await change.invitesOf(room.id, openInvites)) >= openInvites) throw new Failure('too_many_invites');
    const made = membership.role === 'member' ? await change.invitesBy(room.id, by, openInvitesOfAMember) : 0;
    if (made >= openInvitesOfAMember) throw new Failure('too_many_invites');
    const invite: Invite = { id: newId(now), room: room.id, user, by, at: new Date(now) };
    await change.addInvite(invite);
    await change.tell({ v: 1, t: 'invite', r: user, u: by, at: now, in: room.id, id: invite.id });
    return invite;
  }

  /** Whose invitation it is not, is told what he is told of one that there is not. */
  async function mine(user: UserId, id: string): Promise<Invite> {
    const invite = await store.withId(id);
    if (invite === undefined || invite.user !== user) throw noInvite();
    return invite;
  }

  async function enter(change: RoomChange, user: UserId, { id, room: into, by }: Invite): Promise<RoomView> {
    const room = await standingRoom(change, into);
    const membership = await change.membership(into, user);
    if (membership !== undefined) return { room, membership };
    const counts = (await change.invite(id)) !== undefined && (await change.membership(into, by)) !== undefined;
    if (!counts) throw noInvite();
    if ((await change.bannedAmong(into, [user])).has(user)) throw new Failure('banned');
    const admitted = await admit({ change, room, by: user, now: clock.now() }, 'join', [user], limits);
    return { room: admitted.room, membership: admitted.memberships[0] };
  }

  return {
    async invite(by, room, { user, nickname }) {
      const named = { users: user && [user], nicknames: nickname === undefined ? undefined : [nickname] };
      const [invited] = await people.find(named, 1);
      if (invited === undefined) throw new Failure('not_found');
      return work.run('rooms.invite', by, room, (asked) => ask(asked, invited));
    },
    async accept(user, id) {
      const invite = await mine(user, id);
      return changes.run(invite.room, (change) => enter(change, user, invite));
    },
    async decline(user, id) {
      const { room } = await mine(user, id);
      await changes.run(room, (change) => change.removeInvite(room, user));
    },
    withdraw: (by, room, user) =>
      work.run('invites.withdraw', by, room, async ({ change, membership }) => {
        const invite = await change.inviteOf(room, user);
        if (invite === undefined) return;
        if (invite.by !== by && membership.role === 'member') throw new Failure('forbidden');
        await change.removeInvite(room, user);
      }),
    mine: (user, page) => store.ofUser(user, page),
    async ofRoom(user, room, page) {
      await seenByMember(rooms, 'invites.ofRoom', { room, user, now: clock.now() });
      return store.ofRoom(room, page);
    },
  };
}

const noInvite = () => new Failure('not_found', { detail: 'No such invitation' });

async function standingRoom(change: RoomChange, id: RoomId): Promise<Room> {
  const room = await change.room(id);
  if (room === undefined) throw new Failure('room_not_found');
  return room;
}
