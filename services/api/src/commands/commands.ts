import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { maxWatchedUsers } from '@gapless/shared/protocol';
import {
  ClientIdSchema,
  EditedBodySchema,
  FileIdSchema,
  maxMessageFiles,
  NewBodySchema,
  RoomIdSchema,
  type UserAccess,
  type UserId,
  UserIdSchema,
} from '@gapless/shared/schema';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import type { Identities } from '../domain/accounts/identities.ts';
import type { ReadRange } from '../domain/log/event-range.ts';
import type { FindMessage } from '../domain/messages/find-message.ts';
import type { History } from '../domain/messages/history.ts';
import type { MessageChanges } from '../domain/messages/message-changes.ts';
import type { MessageFiles } from '../domain/messages/message-files.ts';
import type { MessageSending } from '../domain/messages/message-sending.ts';
import type { NamedMessages } from '../domain/messages/named-messages.ts';
import type { TurnStore } from '../domain/messages/turn-store.ts';
import type { Watchable } from '../domain/people/watchable.ts';
import type { Marks } from '../domain/reading/marks.ts';
import type { NoteSettings } from '../domain/reading/note-settings.ts';
import type { RoomStore } from '../domain/rooms/room-store.ts';
import { type Asked, serveCalls } from './calls.ts';
import type { CallHandlers } from './handler.ts';
import {
  answerNoteBlocks,
  answerNoteRooms,
  answerNoteUsers,
  NoteBlocksQuery,
  NoteRoomsQuery,
  NoteUsersQuery,
} from './notes.ts';
import { answerPage, answerRange, PageQuery, RangeQuery } from './reading.ts';
import { answerCrowds, answerReads, CrowdsQuery, ReadsQuery } from './reads.ts';

export interface CommandDeps {
  readonly commands: Commands;
  readonly calls: CallHandlers;
  /** Reads who may use which room and enters it where edges look first. */
  readonly findAccess: (user: UserId) => Promise<UserAccess>;
  readonly identities: Identities;
  readonly findMessage: FindMessage;
  readonly messageChanges: MessageChanges;
  readonly messageFiles: MessageFiles;
  readonly messageSending: Pick<MessageSending, 'whisper'>;
  readonly namedMessages: Pick<NamedMessages, 'find'>;
  readonly readRange: ReadRange;
  readonly history: History;
  readonly marks: Marks;
  readonly roomStore: Pick<RoomStore, 'withIds'>;
  readonly watchable: Watchable;
  readonly noteSettings: NoteSettings;
  readonly turns: TurnStore;
  readonly foresee: (error: unknown) => Failure | undefined;
}

const PersonQuery = Type.Object({
  iss: Type.String({ minLength: 1, maxLength: 255 }),
  sub: Type.String({ minLength: 1, maxLength: 255 }),
  nick: Type.Optional(Type.String({ maxLength: 255 })),
});
const AccessQuery = Type.Object({ u: UserIdSchema });
const MessageQuery = Type.Object({
  r: RoomIdSchema,
  u: UserIdSchema,
  k: Type.String({ pattern: '^[a-z]{1,16}$' }),
  c: ClientIdSchema,
});

const WatchableQuery = Type.Object({ u: UserIdSchema, us: Type.Array(UserIdSchema, { maxItems: maxWatchedUsers }) });

const target = {
  user: UserIdSchema,
  room: RoomIdSchema,
  message: Type.Integer({ minimum: 1 }),
  clientId: ClientIdSchema,
};
const EditCommand = Type.Object({ ...target, body: EditedBodySchema });
const RootQuery = Type.Object({ r: RoomIdSchema, m: Type.Integer({ minimum: 1 }) });
const WhisperCommand = Type.Object({
  user: UserIdSchema,
  to: UserIdSchema,
  clientId: ClientIdSchema,
  body: NewBodySchema,
  in: Type.Optional(RoomIdSchema),
});
const TurnQuery = Type.Object({
  u: UserIdSchema,
  r: RoomIdSchema,
  c: ClientIdSchema,
  s: Type.Integer({ minimum: 1, maximum: 86_400 }),
});
const FilesQuery = Type.Object({
  u: UserIdSchema,
  r: RoomIdSchema,
  c: ClientIdSchema,
  f: Type.Array(FileIdSchema, { minItems: 1, maxItems: maxMessageFiles, uniqueItems: true }),
});
const ReactCommand = Type.Object({ ...target, emoji: Type.String(), on: Type.Boolean() });

/** What edges ask of the api over the bus. */
export function serveCommands(deps: CommandDeps): void {
  const { commands, findAccess, findMessage, messageChanges, readRange, history, foresee } = deps;

  function serve<T extends TSchema>(name: string, schema: T, answer: (query: Static<T>) => Promise<unknown>): void {
    commands.serve(name, async (payload) => {
      if (!Check(schema, payload)) throw new Failure('invalid_request');
      try {
        return await answer(payload as Static<T>);
      } catch (error) {
        throw foresee(error) ?? error;
      }
    });
  }

  serve('access.find', AccessQuery, async ({ u }) => ({ rooms: await findAccess(u) }));

  serve('identity.resolve', PersonQuery, async ({ iss, sub, nick }) => {
    const { user, epoch } = await deps.identities.resolve({ issuer: iss, subject: sub, nickname: nick });
    return { u: user, ep: epoch };
  });

  serve('messages.find', MessageQuery, async ({ r, u, k, c }) => {
    const found = await findMessage({ room: r, user: u, kind: k, clientId: c });
    return found === undefined ? null : { s: found.seq, at: found.at.getTime(), raw: found.raw };
  });

  serve('messages.root', RootQuery, async ({ r, m }) => ({ root: (await deps.namedMessages.find(r, m)) ?? null }));
  serve('files.take', FilesQuery, ({ u: user, r: room, c: clientId, f }) =>
    deps.messageFiles.take({ room, user, clientId }, f, user),
  );
  serve('messages.turn', TurnQuery, async ({ u: user, r: room, c: clientId, s: seconds }) => ({
    retry: await deps.turns.take({ user, room, clientId, seconds }),
  }));

  serve('events.range', RangeQuery, answerRange(readRange));
  serve('history.page', PageQuery, answerPage(history));
  serve('reads.find', ReadsQuery, answerReads(deps.marks));
  serve('reads.crowds', CrowdsQuery, answerCrowds(deps.roomStore));

  serve('notify.rooms', NoteRoomsQuery, answerNoteRooms(deps.noteSettings));
  serve('notify.users', NoteUsersQuery, answerNoteUsers(deps.noteSettings));
  serve('notify.blocks', NoteBlocksQuery, answerNoteBlocks(deps.noteSettings));

  serve('presence.watchable', WatchableQuery, async ({ u, us }) => {
    const found = await deps.watchable(u, us);
    return { w: found.map(([user, seen]) => (seen === undefined ? [user] : [user, seen.getTime()])) };
  });

  // Who asks is who the edge says: it knows him by his session.
  serve('messages.edit', EditCommand, messageChanges.edit);
  serve('messages.delete', Type.Object(target), messageChanges.delete);
  serve('messages.react', ReactCommand, messageChanges.react);
  serve('messages.whisper', WhisperCommand, deps.messageSending.whisper);
  serveCalls(deps.calls, (name, schema, answer) => serve(name, schema, (asked) => answer(asked as Asked)));
}
