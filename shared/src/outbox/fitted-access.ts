import type { UserAccess } from '../schema/index.ts';

/** What past stays may swell an entry to: every projection writes it, and every edge of the user reads it. */
const withStaysBytes = 512 * 1024;
/** NATS takes no message above 1 MiB, headers included. */
const maxBytes = 1_000_000;

/** As JSON, at most: two numbers of 16 digits. */
const stayBytes = 36;

/**
 * An entry that the bus can hold: the newest stays of each room, fewer the more there are, so that less may be seen than was,
 * never more. `undefined` when the rooms by themselves are too many.
 */
export function fittedAccess(rooms: UserAccess): UserAccess | undefined {
  const without = withNewest(rooms, 0);
  const bytes = Buffer.byteLength(JSON.stringify(without));
  if (bytes > maxBytes) return undefined;
  const stays = Object.values(rooms).flatMap(({ own = [] }) => (own.length === 0 ? [] : [own.length]));
  const most = Math.max(0, Math.floor((withStaysBytes - bytes) / stayBytes));
  const sum = stays.reduce((total, count) => total + count, 0);
  return sum <= most ? rooms : withNewest(rooms, Math.floor(most / stays.length));
}

/** A room that has `own` keeps it, be it empty: without it all of the room would be seen. */
const withNewest = (rooms: UserAccess, stays: number): UserAccess =>
  Object.fromEntries(
    Object.entries(rooms).map(([room, access]) => {
      const { own } = access;
      return [room, own === undefined ? access : { ...access, own: own.slice(Math.max(0, own.length - stays)) }];
    }),
  );
