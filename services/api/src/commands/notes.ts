import { RoomIdSchema, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { NoteSettings } from '../domain/reading/note-settings.ts';

/** An answer must fit one message: with its voices each may be large. */
const atOnce = 50;
const pairsAtOnce = 500;

export const NoteRoomsQuery = Type.Object({ rs: Type.Array(RoomIdSchema, { maxItems: atOnce }) });
export const NoteUsersQuery = Type.Object({ us: Type.Array(UserIdSchema, { maxItems: atOnce }) });
export const NoteBlocksQuery = Type.Object({
  ps: Type.Array(Type.Tuple([UserIdSchema, UserIdSchema]), { maxItems: pairsAtOnce }),
});

/** Room, whether it is a direct one, whether it is large, and who said what of it: level and end of a mute. */
export const answerNoteRooms =
  (settings: NoteSettings) =>
  async ({ rs }: Type.Static<typeof NoteRoomsQuery>) => ({
    rs: (await settings.rooms(rs)).map(({ room, kind, isLarge, voices }) => {
      const said = Array.from(voices, ([user, { level, mutedUntil }]) => [user, level ?? null, mutedUntil ?? null]);
      return [room, kind === 'direct' ? 1 : 0, isLarge ? 1 : 0, said] as const;
    }),
  });

/** User, level, end of his quiet. */
export const answerNoteUsers =
  (settings: NoteSettings) =>
  async ({ us }: Type.Static<typeof NoteUsersQuery>) => ({
    us: (await settings.users(us)).map(({ user, level, quietUntil }) => [user, level, quietUntil ?? null] as const),
  });

/** Those of the pairs between whom there is a block. */
export const answerNoteBlocks =
  (settings: NoteSettings) =>
  async ({ ps }: Type.Static<typeof NoteBlocksQuery>) => ({ ps: await settings.blocked(ps) });
