import { isPermitted, type RoomCommand, type Standing } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Membership, Room, RoomStore } from './room-store.ts';

/** What is known of a room and of one who asks for something in it. */
export interface Seen {
  readonly room: Room | undefined;
  readonly membership: Membership | undefined;
  readonly isBanned: boolean;
}

export type SeenBy = Seen & { readonly room: Room };
export type SeenByMember = SeenBy & { readonly membership: Membership };

/** To whom the room is no more than a rumour: he is told that there is none. */
const isHidden = ({ room, membership }: Seen): boolean =>
  room === undefined || (membership === undefined && (room.kind === 'direct' || room.visibility === 'private'));

export function standingOf({ membership, isBanned }: Seen, now: number): Standing {
  if (membership === undefined) return isBanned ? 'banned' : 'stranger';
  if (membership.role !== 'member') return membership.role;
  return isMuted(membership, now) ? 'muted' : 'member';
}

export const isMuted = ({ mutedUntil = 0 }: Membership, now: number): boolean => mutedUntil > now;

/** Refuses whoever may not ask for that. A stranger of a room that he may not know of learns nothing. */
export function authorise(command: RoomCommand, seen: Seen, now: number): asserts seen is SeenBy {
  if (isHidden(seen)) throw new Failure('room_not_found');
  const standing = standingOf(seen, now);
  if (isPermitted(command, standing)) return;
  if (standing === 'stranger') throw new Failure('not_member');
  if (standing === 'banned') throw new Failure('banned');
  throw new Failure(standing === 'muted' && isPermitted(command, 'member') ? 'muted' : 'forbidden');
}

export type RoomReads = Pick<RoomStore, 'withId' | 'membership' | 'isBanned'>;

export async function seen(rooms: RoomReads, id: RoomId, user: UserId): Promise<Seen> {
  const [room, membership] = await Promise.all([rooms.withId(id), rooms.membership(id, user)]);
  const isBanned = membership === undefined && room !== undefined && (await rooms.isBanned(id, user));
  return { room, membership, isBanned };
}

/** The room and the membership of one who may ask for that as a member; refuses everybody else. */
export async function seenByMember(
  rooms: RoomReads,
  command: RoomCommand,
  ask: { readonly room: RoomId; readonly user: UserId; readonly now: number },
): Promise<SeenByMember> {
  const found = await seen(rooms, ask.room, ask.user);
  authorise(command, found, ask.now);
  const { membership } = found;
  if (membership === undefined) throw new Failure('not_member');
  return { ...found, membership };
}

/** The membership of one who is in; refuses everybody else, and tells of no room that he may not know of. */
export async function memberOf(rooms: RoomReads, id: RoomId, user: UserId): Promise<Membership> {
  const membership = await rooms.membership(id, user);
  if (membership !== undefined) return membership;
  const room = await rooms.withId(id);
  const isBanned = room !== undefined && (await rooms.isBanned(id, user));
  if (isHidden({ room, membership, isBanned })) throw new Failure('room_not_found');
  throw new Failure(isBanned ? 'banned' : 'not_member');
}
