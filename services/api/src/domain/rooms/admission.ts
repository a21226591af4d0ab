import { Failure } from '@gapless/shared/errors';
import type { MembershipEvent, UserId } from '@gapless/shared/schema';
import type { Membership, Room } from './room-store.ts';
import { type Asked, eventOf, refuseArchived } from './room-work.ts';
import { inRole } from './succession.ts';

export interface MemberLimits {
  readonly roomMembers: number;
  readonly userRooms: number;
}

type Admitting = Pick<Asked, 'change' | 'by' | 'room' | 'now'>;

export interface Admitted {
  readonly room: Room;
  readonly memberships: readonly Membership[];
}

/** Lets users in who are not in, by one event: all of them, or nobody. */
export async function admit(
  asked: Admitting,
  op: 'join' | 'add',
  users: readonly UserId[],
  limits: MemberLimits,
): Promise<Admitted> {
  const { change, room, by, now } = asked;
  refuseArchived(room);
  for (const user of users) {
    if ((await change.roomsOf(user, 'own', limits.userRooms)) >= limits.userRooms) throw new Failure('too_many_rooms');
  }
  const version = await change.grow(room.id, limits.roomMembers, users.length);
  if (version === undefined) throw new Failure('room_full');
  const memberships: Membership[] = [];
  for (const user of users) memberships.push(await enter(asked, user, version));
  const role = memberships[0]?.role ?? 'member';
  const event = entering(asked, { op, us: users, ver: version, role });
  await change.announce(version, { ...event, ...standingMutes(memberships, now) }, users);
  for (const user of users) {
    await change.removeInvite(room.id, user);
    await change.tell({ v: 1, t: 'added', r: user, u: by, at: now, in: room.id, ver: version });
  }
  return { room: { ...room, members: room.members + users.length, version }, memberships };
}

/** A mute outlasts the stay; edges hear of the join before they could read it. */
function standingMutes(memberships: readonly Membership[], now: number): Pick<MembershipEvent, 'mutes'> {
  const muted = memberships.flatMap(({ user, mutedUntil = 0 }) => (mutedUntil > now ? [[user, mutedUntil]] : []));
  return muted.length === 0 ? {} : { mutes: Object.fromEntries(muted) };
}

async function enter({ change, room, now }: Admitting, user: UserId, version: number): Promise<Membership> {
  const returning = { ...newMembership(room, user, 'member', version, now), ...(await change.former(room.id, user)) };
  // A room that everybody has left waits for its next owner.
  const membership = room.members === 0 ? inRole(returning, 'owner') : returning;
  await change.setMembership(membership);
  return membership;
}

export const newMembership = (
  room: Pick<Room, 'id' | 'history'>,
  user: UserId,
  role: Membership['role'],
  version: number,
  now: number,
): Membership => ({
  room: room.id,
  user,
  role,
  version,
  joinedIn: version,
  since: 0,
  joinedAt: new Date(now),
  history: room.history,
  past: [],
});

/** Says with the join what the new member does not see, since edges hear of both at once. */
export const entering = (
  asked: Pick<Asked, 'room' | 'by' | 'now'>,
  { role, ...event }: Pick<MembershipEvent, 'op' | 'us' | 'ver'> & { readonly role: Membership['role'] },
): MembershipEvent => ({
  ...{ t: 'mem', ...eventOf(asked), ...event },
  ...(asked.room.history === 'all' ? {} : { hist: asked.room.history }),
  ...(role === 'member' ? {} : { role }),
});
