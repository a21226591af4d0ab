import { readFileSync } from 'node:fs';
import { type Bus, connectNatsBus } from '@gapless/shared/bus';
import type { LocalSystem } from '@gapless/shared/local';
import { silentLogger, sleep } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserAccess, type UserId } from '@gapless/shared/schema';
import { busSettings, minting } from '@gapless/shared/testing';
import type { Population } from './population.ts';

/** A person of a thousand rooms is a big entry. */
const writesAtOnce = 20;
const write = { tries: 10, pauseMs: 500 };

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
        await written(bus, user, rooms);
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

/** Nobody else writes of somebody who is new: what is there already, an earlier try has written. */
async function written(
  { access }: Pick<Bus, 'access'>,
  user: UserId,
  rooms: readonly RoomId[],
  triesLeft = write.tries,
): Promise<void> {
  try {
    await access.write(user, accessTo(rooms), 0);
  } catch (error) {
    if (triesLeft === 0) throw error;
    await sleep(write.pauseMs * (0.5 + Math.random()));
    return written({ access }, user, rooms, triesLeft - 1);
  }
}

const accessTo = (rooms: readonly RoomId[]): UserAccess =>
  Object.fromEntries(rooms.map((room) => [room, { role: 'member', ver: 1, since: 0 }]));
