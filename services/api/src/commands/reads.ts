import { Failure } from '@gapless/shared/errors';
import { maxToldMembers } from '@gapless/shared/protocol';
import { type RoomId, RoomIdSchema, UserIdSchema, unreadFrom } from '@gapless/shared/schema';
import { Type } from 'typebox';
import { type Marks, type MemberMark, markKey } from '../domain/reading/marks.ts';
import type { RoomStore } from '../domain/rooms/room-store.ts';

/** Users, each with rooms of his. */
export const ReadsQuery = Type.Object({ w: Type.Array(Type.Tuple([UserIdSchema, Type.Array(RoomIdSchema)])) });

export const CrowdsQuery = Type.Object({ rs: Type.Array(RoomIdSchema, { maxItems: 500 }) });

/** An answer must fit one message. */
const maxKeys = 20_000;

/** How far users have read, in the order in which they were asked about; without the rooms that they have not read. */
export const answerReads =
  (marks: Marks) =>
  async ({ w }: Type.Static<typeof ReadsQuery>) => {
    const keys = w.flatMap(([user, rooms]) => rooms.map((room) => ({ room, user })));
    if (keys.length > maxKeys) throw new Failure('invalid_request', { detail: `At most ${maxKeys} rooms` });
    const found = await marks.of(keys);
    return {
      w: w.map(([user, rooms]) => rooms.flatMap((room) => readOf(room, found.get(markKey({ room, user }))))),
    };
  };

/** With the message from which on it is marked unread, where it is. */
function readOf(room: RoomId, mark: MemberMark | undefined): (readonly [RoomId, read: number, from?: number])[] {
  const from = mark && unreadFrom(mark);
  const read = mark?.read ?? 0;
  if (from !== undefined) return [[room, read, from]];
  return read > 0 ? [[room, read]] : [];
}

/** The rooms among them whose members are too many to be told of each other's receipts one by one. */
export const answerCrowds =
  (rooms: Pick<RoomStore, 'withIds'>) =>
  async ({ rs }: Type.Static<typeof CrowdsQuery>) => ({
    rs: (await rooms.withIds(rs)).filter(({ members }) => members > maxToldMembers).map(({ id }) => id),
  });
