import { type Static, Type } from 'typebox';
import { type ErrorCode, errorCodes } from '../errors/index.ts';
import {
  AppDataSchema,
  AppNameSchema,
  type ClientId,
  ClientIdSchema,
  MessageBodySchema,
  membershipOps,
  type RoomId,
  RoomIdSchema,
  roles,
  type SessionId,
  SessionIdSchema,
  type UserId,
  UserIdSchema,
  visibilities,
} from '../schema/index.ts';
import { EmojiSchema, OnSchema } from './client-frames.ts';
import { inboxFrames } from './inbox-frames.ts';

const i = Type.Optional(Type.Integer({ minimum: 0, description: 'Reply number of the request' }));
const sequence = (description: string) => Type.Integer({ minimum: 0, description });
const Sequence = sequence('Sequence in the room');
const Milliseconds = Type.Integer({ description: 'Milliseconds since 1970' });
const Code = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(errorCodes), { description: 'Error code' }));

/** Room events carry their own sequence and the one before it in the room: a hole shows. */
const inRoom = {
  r: RoomIdSchema,
  s: Sequence,
  p: sequence('Sequence of the event before it in the room; 0 when that is not known any more'),
  u: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who did it' }),
  at: Type.Integer({ description: 'Clock of the edge that took it, ms since 1970; never used for order' }),
  v: Type.Literal(1, { description: 'Version of the stored form' }),
};

const Switch = Type.Union([Type.Literal(1), Type.Literal(0)], { description: 'From here on (1), or no more (0)' });
const Target = sequence('Sequence of the message that it is about');
const Deleted = Type.Optional(Type.Literal(1, { description: 'The message was deleted since: the text is empty' }));

const RoomEntry = Type.Object({
  r: RoomIdSchema,
  head: sequence('Sequence of its newest event'),
  role: Type.Enum([...roles], { description: 'My role in it' }),
  read: Type.Optional(sequence('How far I have read it, 0 for not at all; absent: that cannot be told now')),
  from: Type.Optional(sequence('I marked it unread from that message on, and have not read it since')),
});

type Receipt = readonly [user: UserId, recv: number, read: number];
const ReceiptTuple = Type.Unsafe<Receipt>({
  type: 'array',
  prefixItems: [UserIdSchema, sequence('Received up to'), sequence('Read up to')],
  items: false,
  minItems: 3,
});

type Seen = readonly [user: UserId, presence: 'online' | 'away' | 'offline', lastSeen?: number];
const PresenceTuple = Type.Unsafe<Seen>({
  type: 'array',
  prefixItems: [UserIdSchema, Type.Enum(['online', 'away', 'offline']), Milliseconds],
  items: false,
  minItems: 2,
});

const message = {
  c: ClientIdSchema,
  b: MessageBodySchema,
  re: Type.Optional(sequence('Sequence of the message that begins its thread')),
  also: Type.Optional(Type.Literal(1, { description: 'Of a thread, and to be shown in the room as well' })),
  in: Type.Optional(Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'The room in which it was whispered' })),
  del: Deleted,
};

type ReactionCount = readonly [emoji: string, count: number, mine: 0 | 1];
const ReactionTuple = Type.Unsafe<ReactionCount>({
  type: 'array',
  prefixItems: [EmojiSchema, { type: 'integer', description: 'How many put it' }, OnSchema],
  items: false,
  minItems: 3,
});

const ThreadSummary = Type.Object(
  {
    n: Type.Integer({ description: 'How many answers' }),
    s: sequence('Sequence of the last one'),
    at: Milliseconds,
    us: Type.Array(UserIdSchema, { description: 'Who answered last, the latest first; at most three' }),
  },
  { description: 'The thread that it begins' },
);

const Preview = Type.Object(
  {
    url: Type.String(),
    title: Type.String(),
    text: Type.Optional(Type.String()),
    site: Type.Optional(Type.String()),
  },
  { description: 'What a link leads to, as the page says of itself: plain text, never markup' },
);

const { p: _p, ...inHistory } = inRoom;
const HistoryItem = Type.Object({
  ...inHistory,
  t: Type.Literal('msg'),
  ...message,
  ver: sequence('Sequence of the event that made it what it is'),
  ed: Type.Optional(Type.Integer({ description: 'When it was last edited, ms since 1970' })),
  rx: Type.Optional(Type.Array(ReactionTuple, { description: 'Emoji, how many put it, whether I did' })),
  th: Type.Optional(ThreadSummary),
  men: Type.Optional(Type.Array(UserIdSchema, { description: 'Whom it mentions' })),
  l: Type.Optional(Preview),
});

/** What an edge may send: one schema a frame. Clients skip what they do not know. */
export const serverFrames = {
  hi: Type.Object(
    {
      t: Type.Literal('hi'),
      i,
      v: Type.Literal(1, { description: 'Version of the protocol' }),
      sid: Type.String({ description: 'The session, one log-in of one device' }),
      u: UserIdSchema,
      now: Milliseconds,
      lim: Type.Object(
        {
          frame: Type.Integer({ description: 'Largest frame, bytes' }),
          text: Type.Integer({ description: 'Longest text of a message, code points' }),
          rooms: Type.Integer({ description: 'Most rooms in one frame' }),
          idle: Type.Integer({ description: 'Silence after which the server closes, ms' }),
          rate: Type.Optional(Type.Integer({ description: 'Frames a second, in the long run' })),
          burst: Type.Optional(Type.Integer({ description: 'Frames at once' })),
        },
        { description: 'Limits of this installation' },
      ),
      caps: Type.Array(Type.String(), { description: 'What both sides may switch on; empty today' }),
      gen: Type.String({ description: 'Generation of the installation: when it changes, cursors are void' }),
      inbox: sequence('Where my inbox is: it is live from there on, unless `hello` gave a cursor'),
      seen: Type.Optional(sequence('How far I have seen my notifications; absent: not known now')),
    },
    { description: 'The session is ready' },
  ),
  rooms: Type.Object(
    {
      t: Type.Literal('rooms'),
      rs: Type.Array(RoomEntry, { description: 'Rooms' }),
      more: Type.Optional(Type.Literal(1, { description: 'Another page follows' })),
    },
    { description: 'My rooms, in pages; `more` while others follow' },
  ),
  live: Type.Object(
    { t: Type.Literal('live'), r: RoomIdSchema, s: Sequence },
    { description: 'The replay is complete to `s`: from here on the room is live on this socket' },
  ),
  lag: Type.Object(
    {
      t: Type.Literal('lag'),
      r: RoomIdSchema,
      from: Sequence,
      to: Sequence,
      retry: Type.Optional(Type.Integer({ minimum: 0, description: 'Not readable now: page it after that time, ms' })),
    },
    {
      description:
        'Events of the room numbered `from` to `to` are not sent, nor what lies between the cursor and `from`: page them; what follows `to` goes on',
    },
  ),
  removed: Type.Object(
    { t: Type.Literal('removed'), r: RoomIdSchema },
    { description: 'I am not a member of this room, or not any more, or there is none: nothing of it follows' },
  ),
  hist: Type.Object(
    {
      t: Type.Literal('hist'),
      i: Type.Integer({ minimum: 0, description: 'Reply number of the request' }),
      r: RoomIdSchema,
      ev: Type.Array(HistoryItem, { description: 'Messages as they are now, in rising order' }),
      next: Type.Optional(
        sequence('`before` of the next page (`after`, when only that was given); absent: there is no more'),
      ),
      newer: Type.Optional(sequence('With `around`: `after` of the page behind it; absent: there is no more')),
    },
    { description: 'Answer to `hist`' },
  ),
  ok: Type.Object(
    {
      t: Type.Literal('ok'),
      i: Type.Integer({ minimum: 0, description: 'Reply number of the request' }),
      s: Type.Optional(Sequence),
      at: Type.Optional(Milliseconds),
      dup: Type.Optional(Type.Literal(1, { description: 'It had been stored before' })),
      r: Type.Optional(Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'Of a `whisper`: the direct room' })),
      on: Type.Optional(
        Type.Union([Type.Literal(1), Type.Literal(0)], { description: 'Of a `sig`: whether he is to be seen online' }),
      ),
      res: Type.Optional(Type.Object({}, { description: 'What a `call` answers, where it answers anything' })),
    },
    { description: 'Done; for what is stored with its sequence and time, and `dup` if it had been stored before' },
  ),
  err: Type.Object(
    {
      t: Type.Literal('err'),
      i,
      r: Type.Optional(RoomIdSchema),
      code: Code,
      msg: Type.String({ description: 'For people who debug' }),
      retry: Type.Optional(Type.Integer({ minimum: 0, description: 'Try again after that time, ms' })),
    },
    { description: 'Refused: nothing happened, except with `unknown`' },
  ),
  msg: Type.Object({ t: Type.Literal('msg'), ...inRoom, ...message }, { description: 'A message' }),
  edit: Type.Object(
    { t: Type.Literal('edit'), ...inRoom, m: Target, c: ClientIdSchema, b: MessageBodySchema, del: Deleted },
    { description: 'The author gave a message another text' },
  ),
  del: Type.Object(
    {
      t: Type.Literal('del'),
      ...inRoom,
      m: Target,
      c: Type.Optional(ClientIdSchema),
      dupOf: Type.Optional(sequence('The message had landed before, under this sequence: show that one only')),
    },
    { description: 'A message is deleted for good; without `c` Gapless itself took back one that had landed twice' },
  ),
  react: Type.Object(
    { t: Type.Literal('react'), ...inRoom, m: Target, c: ClientIdSchema, e: EmojiSchema, on: OnSchema },
    { description: 'A reaction was put to a message or taken back' },
  ),
  pin: Type.Object(
    { t: Type.Literal('pin'), ...inRoom, m: Target, c: ClientIdSchema, on: OnSchema },
    { description: "A message was put to the room's pins, or taken from them" },
  ),
  link: Type.Object(
    { t: Type.Literal('link'), ...inRoom, m: Target, l: Preview, del: Deleted },
    { description: 'What the first link of a message leads to, where the installation looks; told by Gapless itself' },
  ),
  mem: Type.Object(
    {
      t: Type.Literal('mem'),
      ...inRoom,
      op: Type.Enum([...membershipOps], {
        description: 'What happened; `add`, `remove`, `ban`: by somebody else, `u`',
      }),
      us: Type.Array(UserIdSchema, { description: 'To whom' }),
      ver: Type.Integer({ description: 'Version of the memberships: a newer one wins' }),
      hist: Type.Optional(Type.Literal('joined', { description: 'They see the room from here on only' })),
      role: Type.Optional(
        Type.Enum([...roles], { description: 'With `role`, and with `join` and `add` where it is not `member`' }),
      ),
      heir: Type.Optional(
        Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Owner behind this event, where it made one' }),
      ),
      until: Type.Optional(
        Type.Integer({ description: 'With `mute`: until then, ms since 1970; absent: until somebody says otherwise' }),
      ),
      mutes: Type.Optional(
        Type.Record(UserIdSchema, Type.Integer(), {
          description: 'With `join` and `add`: who of them is muted from an earlier stay, until when, ms since 1970',
        }),
      ),
    },
    { description: 'Members came or went, or became something else' },
  ),
  room: Type.Object(
    {
      t: Type.Literal('room'),
      ...inRoom,
      name: Type.Optional(Type.String({ description: 'Name' })),
      no: Type.Optional(Type.Integer({ description: 'Number by which people find it' })),
      kind: Type.Optional(Type.String({ description: '`group` or `direct`' })),
      topic: Type.Optional(Type.String({ description: 'What it is about' })),
      image: Type.Optional(Type.String({ description: 'Its image' })),
      visibility: Type.Optional(Type.Enum([...visibilities], { description: 'Who finds and joins it' })),
      ver: Type.Optional(Type.Integer({ description: 'Version of what follows: a newer one wins' })),
      frozen: Type.Optional(Switch),
      archived: Type.Optional(Switch),
      slow: Type.Optional(
        Type.Integer({ minimum: 0, description: 'Seconds between two messages of a member; 0: none' }),
      ),
      gone: Type.Optional(Type.Literal(1, { description: 'There is no such room any more; `removed` follows' })),
    },
    { description: 'The room was made or changed: only the fields that did' },
  ),
  app: Type.Object(
    {
      t: Type.Literal('app'),
      ...inRoom,
      c: Type.Optional(ClientIdSchema),
      n: AppNameSchema,
      d: Type.Optional(AppDataSchema),
    },
    { description: 'An event of the application, in the order of the room; or, where `r` is my own id, of my inbox' },
  ),
  ...inboxFrames,
  rcpt: Type.Object(
    {
      t: Type.Literal('rcpt'),
      r: RoomIdSchema,
      w: Type.Array(ReceiptTuple, {
        description: 'User, received up to, read up to; each mark only ever rises. Empty in crowds',
      }),
      s: Type.Optional(sequence('In crowds: the newest message')),
      n: Type.Optional(Type.Integer({ minimum: 0, description: 'So many members but its author have read it' })),
      d: Type.Optional(Type.Integer({ minimum: 0, description: 'So many have received it' })),
      of: Type.Optional(Type.Integer({ minimum: 0, description: 'Of so many members' })),
    },
    { description: 'How far members have come in a room: the newest of each, several at once; in crowds how many' },
  ),
  readelse: Type.Object(
    { t: Type.Literal('readelse'), r: RoomIdSchema, s: sequence('How far I have read') },
    { description: 'Another device of mine read the room up to there; nothing in it is marked unread any more' },
  ),
  unread: Type.Object(
    { t: Type.Literal('unread'), r: RoomIdSchema, s: sequence('From that message on') },
    { description: 'I marked the room unread, on whichever device: until I read it again' },
  ),
  note: Type.Object(
    {
      t: Type.Literal('note'),
      r: RoomIdSchema,
      s: sequence('Sequence of the last message'),
      u: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who wrote it' }),
      n: Type.Integer({ minimum: 1, description: 'Messages since the note before, as far as they were told' }),
      why: Type.Enum(['message', 'direct', 'whisper'], { description: 'What the last one is to me' }),
    },
    { description: 'There are messages of which I want to be notified; asked for by `notes` of `hello`' },
  ),
  typing: Type.Object(
    { t: Type.Literal('typing'), r: RoomIdSchema, u: UserIdSchema, on: OnSchema },
    { description: 'A member is writing, or stopped' },
  ),
  pres: Type.Object(
    {
      t: Type.Literal('pres'),
      w: Type.Array(PresenceTuple, {
        description: 'User, `online`, `away` or `offline`, and when he was last seen where that is known',
      }),
    },
    { description: 'Users whom I watch: what they are now, several at once' },
  ),
  sig: Type.Object(
    {
      t: Type.Literal('sig'),
      u: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'From whom' }),
      sid: Type.Unsafe<SessionId>({ ...SessionIdSchema, description: 'From which of his devices: answer to it' }),
      c: Type.Optional(Type.Unsafe<ClientId>({ ...ClientIdSchema, description: 'The call to which it belongs' })),
      d: Type.Object({}, { description: 'What he says' }),
    },
    { description: 'Call signalling of another user, or of another device of mine' },
  ),
  bye: Type.Object(
    {
      t: Type.Literal('bye'),
      after: Type.Integer({ minimum: 0, description: 'Pause before reconnecting, ms' }),
      why: Type.String({ description: '`drain`: the edge stops' }),
    },
    { description: 'Reconnect elsewhere after that many milliseconds' },
  ),
  pong: Type.Object({ t: Type.Literal('pong'), i, now: Milliseconds }, { description: 'Answer to `ping`' }),
} as const;

export type ServerOp = keyof typeof serverFrames;
export type ServerFrameOf<T extends ServerOp> = Static<(typeof serverFrames)[T]>;
export type ServerFrame = { [T in ServerOp]: ServerFrameOf<T> }[ServerOp];
/** Frames that advance the inbox's cursor. */
export type InboxFrame = ServerFrameOf<keyof typeof inboxFrames | 'app'>;
/** Frames that advance a room's cursor. */
export type RoomEventFrame = ServerFrameOf<'msg' | 'edit' | 'del' | 'react' | 'pin' | 'link' | 'app' | 'mem' | 'room'>;
