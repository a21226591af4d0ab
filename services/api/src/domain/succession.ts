import type { RoomId, UserId } from '@gapless/shared/schema';
import type { RoomChange } from './room-changes.ts';
import type { Membership } from './room-store.ts';

/**
 * Who becomes owner when an owner leaves: nobody while another owner stays, else the moderator who joined first, else the
 * member who joined first. When nobody stays the room waits, and whoever joins it next owns it.
 */
export async function successor(
  change: Pick<RoomChange, 'standing'>,
  room: RoomId,
  leaving: UserId,
): Promise<Membership | undefined> {
  if ((await change.standing(room, 'owner', leaving)) !== undefined) return undefined;
  return (await change.standing(room, 'moderator', leaving)) ?? change.standing(room, 'member', leaving);
}
