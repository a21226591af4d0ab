import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { People } from '../people/people.ts';
import { admit, type MemberLimits } from './admission.ts';
import { depart } from './departure.ts';
import type { RoomStore } from './room-store.ts';
import { type RoomWork, refuseDirect } from './room-work.ts';
import type { RoomView } from './rooms.ts';

export interface Memberships {
  /** Of a public group. Whoever is in already stays what he is. */
  join(user: UserId, room: RoomId): Promise<RoomView>;
  joinByNumber(user: UserId, number: number): Promise<RoomView>;
  /** All of them, by one event, or nobody; who is in already stays what he is. Whose consent is missing is refused. */
  add(by: UserId, room: RoomId, asked: Named): Promise<RoomView>;
  /** Whoever is not in has nothing to leave: done. The last owner's place is taken as `succession.ts` says. */
  leave(user: UserId, room: RoomId): Promise<void>;
}

export interface Named {
  readonly users?: readonly UserId[] | undefined;
  readonly nicknames?: readonly string[] | undefined;
}

/** Users that one event may name. */
export const addedAtOnce = 50;

export function createMemberships(deps: {
  store: Pick<RoomStore, 'withNumber'>;
  work: RoomWork;
  people: Pick<People, 'find'>;
  limits: MemberLimits;
}): Memberships {
  const { store, work, people, limits } = deps;

  const enter = (command: 'rooms.join' | 'rooms.joinByNumber', user: UserId, id: RoomId) =>
    work.open(command, user, id, async ({ membership, ...asked }) => {
      if (membership !== undefined) return { room: asked.room, membership };
      const { room, memberships } = await admit(asked, 'join', [user], limits);
      return { room, membership: memberships[0] };
    });

  return {
    join: (user, id) => enter('rooms.join', user, id),
    async joinByNumber(user, number) {
      const room = await store.withNumber(number);
      if (room === undefined) throw new Failure('room_not_found');
      return enter('rooms.joinByNumber', user, room.id);
    },

    async add(by, id, named) {
      const users = await people.find(named, addedAtOnce);
      return work.run('rooms.add', by, id, async ({ membership, ...asked }) => {
        const { change, room } = asked;
        refuseDirect(room);
        const isIn = await Promise.all(users.map((user) => change.membership(id, user)));
        const news = users.filter((_, n) => isIn[n] === undefined);
        if (news.length === 0) return { room, membership };
        await refuseUnwilling(asked, news);
        return { room: (await admit(asked, 'add', news, limits)).room, membership };
      });
    },

    leave: (user, id) =>
      work.open('rooms.leave', user, id, async ({ membership, ...asked }) => {
        if (membership === undefined) return;
        if (asked.room.kind === 'direct') throw new Failure('forbidden', { detail: 'A direct room cannot be left' });
        await depart(asked, 'leave', membership);
      }),
  };
}

/** Whoever is brought in by somebody else must be there, not be banned, and not be at odds with him. */
export async function refuseUnwilling(
  { change, room, by }: Pick<Parameters<typeof admit>[0], 'change' | 'room' | 'by'>,
  users: readonly UserId[],
): Promise<void> {
  const active = await change.active(users);
  if (!users.every((user) => active.has(user))) throw new Failure('not_found', { detail: 'No such user' });
  if ((await change.bannedAmong(room.id, users)).size > 0) {
    throw new Failure('banned', { detail: 'One of them is banned from the room' });
  }
  if ((await change.blockedAmong(by, users)).size > 0) throw new Failure('blocked');
}
