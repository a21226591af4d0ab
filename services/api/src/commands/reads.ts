import { Failure } from '@gapless/shared/errors';
import { maxToldMembers } from '@gapless/shared/protocol';
import { RoomIdSchema, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import { type Marks, markKey } from '../domain/marks.ts';
import type { RoomStore } from '../domain/room-store.ts';

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
    const readOf = (user: (typeof w)[number][0], room: (typeof keys)[number]['room']) =>
      found.get(markKey({ room, user }))?.read ?? 0;
    return {
      w: w.map(([user, rooms]) =>
        rooms.flatMap((room) => (readOf(user, room) > 0 ? [[room, readOf(user, room)] as const] : [])),
      ),
    };
  };

/** The rooms among them whose members are too many to be told of each other's receipts one by one. */
export const answerCrowds =
  (rooms: Pick<RoomStore, 'withIds'>) =>
  async ({ rs }: Type.Static<typeof CrowdsQuery>) => ({
    rs: (await rooms.withIds(rs)).filter(({ members }) => members > maxToldMembers).map(({ id }) => id),
  });
