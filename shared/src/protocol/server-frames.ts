import { type Static, Type } from 'typebox';
import { type ErrorCode, errorCodes } from '../errors/index.ts';
import { ClientIdSchema, RoomIdSchema, roles, UserIdSchema } from '../schema/index.ts';
import { MessageBodySchema } from './client-frames.ts';

const i = Type.Optional(Type.Integer({ minimum: 0, description: 'Reply number of the request' }));
const Sequence = Type.Integer({ minimum: 0, description: 'Sequence in the room' });
const Milliseconds = Type.Integer({ description: 'Milliseconds since 1970' });
const Code = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(errorCodes)));

/** Room events carry their own sequence and the one before it in the room: a hole shows. */
const inRoom = {
  r: RoomIdSchema,
  s: Sequence,
  p: Sequence,
  u: UserIdSchema,
  at: Milliseconds,
  v: Type.Literal(1),
};

const RoomEntry = Type.Object({
  r: RoomIdSchema,
  head: Sequence,
  role: Type.Enum([...roles]),
});

/** What an edge may send: one schema a frame. Clients skip what they do not know. */
export const serverFrames = {
  hi: Type.Object(
    {
      t: Type.Literal('hi'),
      i,
      v: Type.Literal(1),
      sid: Type.String(),
      u: UserIdSchema,
      now: Milliseconds,
      lim: Type.Object({ frame: Type.Integer(), text: Type.Integer(), rooms: Type.Integer(), idle: Type.Integer() }),
      caps: Type.Array(Type.String()),
      gen: Type.String({ description: 'Generation of the installation: when it changes, cursors are void' }),
    },
    { description: 'The session is ready' },
  ),
  rooms: Type.Object(
    { t: Type.Literal('rooms'), rs: Type.Array(RoomEntry), more: Type.Optional(Type.Literal(1)) },
    { description: 'My rooms, in pages; `more` while others follow' },
  ),
  live: Type.Object(
    { t: Type.Literal('live'), r: RoomIdSchema, s: Sequence },
    { description: 'From here on the room is live on this socket' },
  ),
  ok: Type.Object(
    {
      t: Type.Literal('ok'),
      i: Type.Integer(),
      s: Type.Optional(Sequence),
      at: Type.Optional(Milliseconds),
      dup: Type.Optional(Type.Literal(1)),
    },
    { description: 'Done; for `send` with its sequence and time, and `dup` if it had been stored before' },
  ),
  err: Type.Object(
    { t: Type.Literal('err'), i, code: Code, msg: Type.String(), retry: Type.Optional(Type.Integer()) },
    { description: 'Refused: nothing happened, except with `unknown`' },
  ),
  msg: Type.Object(
    { t: Type.Literal('msg'), ...inRoom, c: ClientIdSchema, b: MessageBodySchema, re: Type.Optional(Sequence) },
    { description: 'A message' },
  ),
  mem: Type.Object(
    {
      t: Type.Literal('mem'),
      ...inRoom,
      op: Type.Enum(['join', 'leave']),
      us: Type.Array(UserIdSchema),
      ver: Type.Integer(),
    },
    { description: 'Members came or went' },
  ),
  room: Type.Object(
    {
      t: Type.Literal('room'),
      ...inRoom,
      name: Type.Optional(Type.String()),
      no: Type.Optional(Type.Integer()),
      kind: Type.Optional(Type.String()),
    },
    { description: 'The room was made or changed: only the fields that did' },
  ),
  bye: Type.Object(
    { t: Type.Literal('bye'), after: Type.Integer(), why: Type.String() },
    { description: 'Reconnect elsewhere after that many milliseconds' },
  ),
  pong: Type.Object({ t: Type.Literal('pong'), i, now: Milliseconds }, { description: 'Answer to `ping`' }),
} as const;

export type ServerOp = keyof typeof serverFrames;
export type ServerFrameOf<T extends ServerOp> = Static<(typeof serverFrames)[T]>;
export type ServerFrame = { [T in ServerOp]: ServerFrameOf<T> }[ServerOp];
/** Frames that advance a room's cursor. */
export type RoomEventFrame = ServerFrameOf<'msg'> | ServerFrameOf<'mem'> | ServerFrameOf<'room'>;
