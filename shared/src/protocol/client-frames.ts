import { type Static, Type } from 'typebox';
import {
  type ClientId,
  ClientIdSchema,
  EditedBodySchema,
  NewBodySchema,
  type RoomId,
  RoomIdSchema,
  type SessionId,
  SessionIdSchema,
  type UserId,
  UserIdSchema,
} from '../schema/index.ts';
import { maxHistoryPage, maxRoomsPerFrame, maxTokenChars, maxWatchedUsers } from './limits.ts';

/** Chosen by the client; the reply carries it. Without it there is no reply on success. */
const i = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Reply number' }));
const Token = Type.String({ minLength: 1, maxLength: maxTokenChars, description: 'Access token' });
const Rooms = Type.Array(RoomIdSchema, { minItems: 1, maxItems: maxRoomsPerFrame, description: 'Rooms' });

const Since = Type.Record(RoomIdSchema, Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), {
  additionalProperties: false,
  maxProperties: maxRoomsPerFrame,
  description: 'My cursor in each room: what I have, the room is replayed from there',
});
const again = Type.Optional(Type.Literal(1, { description: 'Sent before: a hint, any frame may be repeated' }));
const Cursor = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

const Target = Type.Integer({ minimum: 1, description: 'Sequence of the message' });
export const EmojiSchema = Type.String({ description: 'An emoji, 1 to 32 bytes of visible text in NFC' });
export const OnSchema = Type.Union([Type.Literal(1), Type.Literal(0)], { description: 'Put (1) or taken back (0)' });

const Mark = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Sequence of an event of the room; what is below the mark that I gave before changes nothing',
});

const Here = Type.Unsafe<'online' | 'away' | 'hidden'>(
  Type.Enum(['online', 'away', 'hidden'], { description: 'At this device, away from it, or there for nobody' }),
);
const Watched = Type.Array(UserIdSchema, { minItems: 1, maxItems: maxWatchedUsers, description: 'Users' });

/** What a client may send: one schema an operation. Unknown keys are ignored. */
export const clientFrames = {
  hello: Type.Object(
    {
      t: Type.Literal('hello'),
      i,
      tok: Type.Optional(Token),
      rooms: Type.Optional(
        Type.Union(
          [Type.Literal('all'), Type.Literal('none'), Type.Array(RoomIdSchema, { maxItems: maxRoomsPerFrame })],
          { description: 'Which of my rooms are live from the start; without it all' },
        ),
      ),
      since: Type.Optional(Since),
      inbox: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'My cursor in my inbox; without it the inbox is live from `hi.inbox` on',
        }),
      ),
      gen: Type.Optional(
        Type.String({
          maxLength: 64,
          description: '`hi.gen` under which the cursors were given; under another they are void',
        }),
      ),
      here: Type.Optional(Here),
      notes: Type.Optional(
        Type.Literal(1, {
          description: 'Tells me by `note` of messages that I want to be notified of, in all my rooms',
        }),
      ),
      more: Type.Optional(Type.Literal(1, { description: 'Another `hello` with further `since` follows' })),
    },
    { description: 'Starts the session; answered by `hi`, then `rooms`' },
  ),
  auth: Type.Object(
    { t: Type.Literal('auth'), i, tok: Token },
    { description: 'A fresh token of the same user before the old one ends' },
  ),
  join: Type.Object(
    { t: Type.Literal('join'), i, rs: Rooms, since: Type.Optional(Since) },
    { description: 'Starts live events of rooms on this socket; membership is not touched' },
  ),
  leave: Type.Object(
    { t: Type.Literal('leave'), i, rs: Rooms },
    { description: 'Stops live events of rooms on this socket; membership is not touched' },
  ),
  send: Type.Object(
    {
      t: Type.Literal('send'),
      i,
      r: RoomIdSchema,
      c: ClientIdSchema,
      b: NewBodySchema,
      re: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: Number.MAX_SAFE_INTEGER,
          description: "Sequence of the message that this one answers; it belongs to that one's thread",
        }),
      ),
      also: Type.Optional(Type.Literal(1, { description: 'With `re`: to be shown in the room as well' })),
      again,
    },
    { description: 'A message; answered once it is stored' },
  ),
  whisper: Type.Object(
    {
      t: Type.Literal('whisper'),
      i,
      to: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'To whom' }),
      c: ClientIdSchema,
      b: NewBodySchema,
      r: Type.Optional(
        Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'The room in which it is whispered; both are members' }),
      ),
      again,
    },
    { description: 'A message for one user, into our direct room; answered once it is stored, with that room' },
  ),
  edit: Type.Object(
    { t: Type.Literal('edit'), i, r: RoomIdSchema, m: Target, c: ClientIdSchema, b: EditedBodySchema },
    { description: 'Another text for a message of mine' },
  ),
  del: Type.Object(
    { t: Type.Literal('del'), i, r: RoomIdSchema, m: Target, c: ClientIdSchema },
    { description: 'Deletes a message for good: its author may, and owners and moderators of the room' },
  ),
  react: Type.Object(
    { t: Type.Literal('react'), i, r: RoomIdSchema, m: Target, c: ClientIdSchema, e: EmojiSchema, on: OnSchema },
    { description: 'Puts a reaction of mine to a message, or takes it back' },
  ),
  hist: Type.Object(
    {
      t: Type.Literal('hist'),
      i: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Reply number' }),
      r: RoomIdSchema,
      before: Cursor,
      after: Cursor,
      around: Cursor,
      re: Type.Optional(Type.Integer({ minimum: 1, description: 'Only the answers to that message: its thread' })),
      n: Type.Optional(
        Type.Integer({ minimum: 1, maximum: maxHistoryPage, description: 'Most messages; without it 50' }),
      ),
    },
    {
      description:
        'A page of messages; with `after` alone the one next to it, with `around` as many on both sides of it, else the ' +
        'newest; answered by `hist`',
    },
  ),
  read: Type.Object(
    { t: Type.Literal('read'), i, r: RoomIdSchema, s: Mark },
    { description: 'I have read the room up to there; answered once that is stored' },
  ),
  recv: Type.Object(
    { t: Type.Literal('recv'), i, r: RoomIdSchema, s: Mark },
    { description: 'I have received the room up to there; answered once that is stored' },
  ),
  typing: Type.Object(
    {
      t: Type.Literal('typing'),
      i,
      r: RoomIdSchema,
      on: Type.Union([Type.Literal(1), Type.Literal(0)], { description: 'Begins or goes on (1), or ends (0)' }),
    },
    { description: 'I am writing: told to who is there now, and never stored' },
  ),
  here: Type.Object(
    {
      t: Type.Literal('here'),
      i,
      as: Here,
    },
    { description: 'Whether I am at this device; others see the best of all my devices, unless one of them hides me' },
  ),
  watch: Type.Object(
    { t: Type.Literal('watch'), i, us: Watched },
    { description: 'Tells me of these users from now on, as far as I may know of them; answered by `pres`, then `ok`' },
  ),
  unwatch: Type.Object({ t: Type.Literal('unwatch'), i, us: Watched }, { description: 'No more of these users' }),
  sig: Type.Object(
    {
      t: Type.Literal('sig'),
      i,
      to: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'To whose devices; mine: to my other ones' }),
      sid: Type.Optional(
        Type.Unsafe<SessionId>({ ...SessionIdSchema, description: 'Only to that device: `sid` of a `sig` from there' }),
      ),
      c: Type.Optional(Type.Unsafe<ClientId>({ ...ClientIdSchema, description: 'The call to which it belongs' })),
      d: Type.Record(Type.String(), Type.Unknown(), { description: 'What is to be said; never looked into' }),
    },
    { description: 'Call signalling: told to the devices that are there now, and never stored; `ok` says `on`' },
  ),
  call: Type.Object(
    {
      t: Type.Literal('call'),
      i,
      m: Type.String({ maxLength: 40, description: 'Name of the command' }),
      p: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Its parameters' })),
    },
    { description: 'A command of the api by its name; answered by `ok`, with `res` where it answers anything' },
  ),
  ping: Type.Object({ t: Type.Literal('ping'), i }, { description: 'Answered by `pong`' }),
} as const;

export type ClientOp = keyof typeof clientFrames;
export type ClientFrameOf<T extends ClientOp> = Static<(typeof clientFrames)[T]>;
export type ClientFrame = { [T in ClientOp]: ClientFrameOf<T> }[ClientOp];
