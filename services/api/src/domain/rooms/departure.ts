import type { MembershipEvent } from '@gapless/shared/schema';
import type { Membership } from './room-store.ts';
import { type Asked, eventOf } from './room-work.ts';
import { inRole, successor } from './succession.ts';

/** Ends a membership. The last owner's place is taken as `succession.ts` says. */
export async function depart(
  asked: Pick<Asked, 'change' | 'by' | 'room' | 'now'>,
  op: 'leave' | 'remove' | 'ban',
  { user, role }: Membership,
): Promise<void> {
  const { change, room, by, now } = asked;
  const heir = role === 'owner' ? await successor(change, room.id, user) : undefined;
  const ver = await change.shrink(room.id);
  await change.endMembership(room.id, user, ver);
  if (heir !== undefined) await change.setMembership({ ...inRole(heir, 'owner'), version: ver });
  const event: MembershipEvent = {
    ...{ t: 'mem', ...eventOf(asked), op, us: [user], ver },
    ...(heir === undefined ? {} : { heir: heir.user }),
  };
  await change.announce(ver, event, heir === undefined ? [user] : [user, heir.user]);
  await change.tell({ v: 1, t: 'out', r: user, u: by, at: now, in: room.id, op, ver });
}
