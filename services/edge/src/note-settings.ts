import type { Commands } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import type { NotifyLevel, NotifyRoom, RoomId, RoomNotify, UserId, UserNotify } from '@gapless/shared/schema';
import { createRemembered, type Remembered } from './remembered.ts';

/** Of a large room only those who asked for all of it speak. */
export interface NoteRoom extends NotifyRoom {
  readonly voices: ReadonlyMap<UserId, RoomNotify>;
}

/** Of what users and rooms want to be told, as the api says. */
export interface NoteSettings {
  readonly rooms: Remembered<RoomId, NoteRoom>;
  readonly users: Remembered<UserId, UserNotify>;
  /** By `pairKey`, of two between whom there is a block, whoever made it. */
  readonly blocks: Remembered<PairKey, true>;
}

/** Somebody who is to be told, and who wrote. */
export type PairKey = `${UserId}:${UserId}`;
export const pairKey = (user: UserId, author: UserId): PairKey => `${user}:${author}`;

type Until = number | null;
interface Rooms {
  readonly rs: readonly (readonly [
    room: RoomId,
    direct: 0 | 1,
    large: 0 | 1,
    voices: readonly (readonly [UserId, NotifyLevel | null, Until])[],
  ])[];
}
interface Users {
  readonly us: readonly (readonly [user: UserId, level: NotifyLevel, quietUntil: Until])[];
}
interface Blocks {
  readonly ps: readonly (readonly [UserId, UserId])[];
}

const atOnce = 50;
const pairsAtOnce = 500;
/** How long a room that has grown large, a block, or a setting of which this edge did not hear may be overlooked. */
const maxAgeMs = 60_000;
const most = 50_000;
const mostPairs = 200_000;

export function createNoteSettings({
  commands,
  clock,
}: {
  commands: Pick<Commands, 'call'>;
  clock: Clock;
}): NoteSettings {
  const remembered = { atOnce, maxAgeMs, most, clock } as const;
  return {
    rooms: createRemembered<RoomId, NoteRoom>({
      ...remembered,
      ask: async (ids) => {
        const { rs } = (await commands.call('notify.rooms', { rs: ids })) as Rooms;
        return new Map(
          rs.map(([room, direct, large, voices]) => [
            room,
            { kind: direct === 1 ? 'direct' : 'group', isLarge: large === 1, voices: new Map(voices.map(toVoice)) },
          ]),
        );
      },
    }),
    users: createRemembered<UserId, UserNotify>({
      ...remembered,
      ask: async (ids) => {
        const { us } = (await commands.call('notify.users', { us: ids })) as Users;
        return new Map(
          us.map(([user, level, until]) => [user, { level, ...(until === null ? {} : { quietUntil: until }) }]),
        );
      },
    }),
    blocks: createRemembered<PairKey, true>({
      ...{ ...remembered, atOnce: pairsAtOnce, most: mostPairs },
      ask: async (keys) => {
        const { ps } = (await commands.call('notify.blocks', { ps: keys.map((key) => key.split(':')) })) as Blocks;
        return new Map(ps.map(([user, author]) => [pairKey(user, author), true]));
      },
    }),
  };
}

const toVoice = ([user, level, until]: Rooms['rs'][number][3][number]): [UserId, RoomNotify] => [
  user,
  { ...(level === null ? {} : { level }), ...(until === null ? {} : { mutedUntil: until }) },
];
