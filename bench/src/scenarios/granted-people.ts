import { readFileSync } from 'node:fs';
import { connectNatsBus } from '@gapless/shared/bus';
import type { LocalSystem } from '@gapless/shared/local';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserAccess, type UserId } from '@gapless/shared/schema';
import { busSettings, minting } from '@gapless/shared/testing';
import type { Population } from './population.ts';

const writesAtOnce = 100;

/** Who is in which rooms: `rooms[n]` are those of the n-th. */
export interface GrantedPerson {
  readonly token: string;
  readonly rooms: readonly string[];
}

export const newRooms = (count: number): RoomId[] => Array.from({ length: count }, () => newId<RoomId>());

/**
 * People and rooms that only edges know: their tokens are signed, their memberships written where edges read them. So many
 * would take long to sign up; MongoDB has no rows of them, and no edge asks it.
 */
export async function grant(
  system: LocalSystem,
  roomsOfEach: readonly (readonly RoomId[])[],
): Promise<GrantedPerson[]> {
  const bus = await connectNatsBus(busSettings(system.nats.url), { name: 'bench', logger: silentLogger() });
  const tokenOf = minting(readFileSync(system.signingKeyFile, 'utf8'));
  try {
    const people: GrantedPerson[] = [];
    for (let from = 0; from < roomsOfEach.length; from += writesAtOnce) {
      const some = roomsOfEach.slice(from, from + writesAtOnce).map(async (rooms) => {
        const user = newId<UserId>();
        if (!(await bus.access.write(user, accessTo(rooms), 0))) throw new Error('a membership was not written');
        return { token: tokenOf(user), rooms };
      });
      people.push(...(await Promise.all(some)));
    }
    return people;
  } finally {
    await bus.close();
  }
}

/** So many accounts, everybody in every room. */
export async function grantedPopulation(
  system: LocalSystem,
  count: { readonly accounts: number; readonly rooms: number },
): Promise<Population> {
  const rooms = newRooms(count.rooms);
  const people = await grant(
    system,
    Array.from({ length: count.accounts }, () => rooms),
  );
  return { tokens: people.map(({ token }) => token), rooms };
}

const accessTo = (rooms: readonly RoomId[]): UserAccess =>
  Object.fromEntries(rooms.map((room) => [room, { role: 'member', ver: 1, since: 0 }]));
