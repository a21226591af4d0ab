import type { Role, RoomId, UserId } from '@gapless/shared/schema';
import type { RoomChange } from './room-changes.ts';
import type { Membership } from './room-store.ts';

/**
 * Who becomes owner when an owner leaves: nobody while another owner stays, else the moderator who joined first, else the
 * member who joined first. Whose account is disabled is passed over as long as there is somebody else. When nobody stays the
 * room waits, and whoever joins it next owns it.
 */
export async function successor(
  change: Pick<RoomChange, 'standing' | 'active'>,
  room: RoomId,
  leaving: UserId,
): Promise<Membership | undefined> {
  if ((await change.standing(room, 'owner', leaving)).length > 0) return undefined;
  const candidates = [
    ...(await change.standing(room, 'moderator', leaving)),
    ...(await change.standing(room, 'member', leaving)),
  ];
  const active = await change.active(candidates.map(({ user }) => user));
  return candidates.find(({ user }) => active.has(user)) ?? candidates[0];
}

/** In another role. Nobody could unmute an owner, so whoever becomes one may write. */
export function inRole({ mutedUntil, ...membership }: Membership, role: Role): Membership {
  return { ...membership, role, ...(mutedUntil === undefined || role === 'owner' ? {} : { mutedUntil }) };
}
