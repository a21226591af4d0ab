import { Failure } from '@gapless/shared/errors';
import type { Role, RoomId, UserId } from '@gapless/shared/schema';
import type { Membership } from './room-store.ts';
import { type Asked, eventOf, type RoomWork, refuseDirect } from './room-work.ts';
import { inRole } from './succession.ts';

/** For owners. Each may be repeated: who has that role already keeps it. */
export interface RoleChanges {
  /** Of everybody but other owners; the last owner keeps his. */
  setRole(by: UserId, room: RoomId, user: UserId, role: Role): Promise<void>;
  /** The other becomes owner, and who hands over a moderator. */
  handOver(by: UserId, room: RoomId, user: UserId): Promise<void>;
}

export function createRoleChanges({ work }: { work: RoomWork }): RoleChanges {
  async function targetOf({ change, room }: Asked, user: UserId): Promise<Membership> {
    const membership = await change.membership(room.id, user);
    if (membership === undefined) throw new Failure('not_found', { detail: 'No such member' });
    return membership;
  }

  async function setRole(asked: Asked, user: UserId, role: Role): Promise<void> {
    const { change, room, by, byRight } = asked;
    // Taken back it may be.
    if (role !== 'member') refuseDirect(room);
    const target = await targetOf(asked, user);
    if (target.role === role) return;
    if (target.role === 'owner') {
      if (user !== by && !byRight) throw new Failure('forbidden', { detail: 'Nobody acts on an owner' });
      if ((await change.standing(room.id, 'owner', user)).length === 0) throw new Failure('last_owner');
    }
    const ver = await change.turn(room.id);
    await change.setMembership({ ...inRole(target, role), version: ver });
    await change.announce(ver, { t: 'mem', ...eventOf(asked), op: 'role', us: [user], ver, role }, [user]);
  }

  async function handOver(asked: Asked, user: UserId): Promise<void> {
    const { change, room, by, membership } = asked;
    refuseDirect(room);
    if (user === by) return;
    const heir = await targetOf(asked, user);
    if (!(await change.active([user])).has(user)) throw new Failure('not_found', { detail: 'No such user' });
    const ver = await change.turn(room.id);
    await change.setMembership({ ...membership, role: 'moderator', version: ver });
    await change.setMembership({ ...inRole(heir, 'owner'), version: ver });
    const event = { t: 'mem', ...eventOf(asked), op: 'role', us: [by], ver, role: 'moderator', heir: user } as const;
    await change.announce(ver, event, [by, user]);
  }

  return {
    setRole: (by, id, user, role) => work.run('rooms.setRole', by, id, (asked) => setRole(asked, user, role)),
    handOver: (by, id, user) => work.run('rooms.handOver', by, id, (asked) => handOver(asked, user)),
  };
}
