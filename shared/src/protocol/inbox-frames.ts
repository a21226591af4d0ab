import { Type } from 'typebox';
import { NotifyLevelSchema, type RoomId, RoomIdSchema, type UserId, UserIdSchema } from '../schema/index.ts';

const sequence = (description: string) => Type.Integer({ minimum: 0, description });

/** Events of my inbox are numbered, ordered and replayed like those of a room whose id is mine. */
const inInbox = {
  r: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'My own id' }),
  s: sequence('Sequence in my inbox'),
  p: sequence('Sequence of the event before it in my inbox; 0 when that is not known any more'),
  u: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who did it' }),
  at: Type.Integer({ description: 'Clock of who made it, ms since 1970; never used for order' }),
  v: Type.Literal(1, { description: 'Version of the stored form' }),
};
const In = Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'The room that it is about' });
const Version = Type.Integer({ description: 'Version of my membership' });

/** What is told to one user, on all his devices. */
export const inboxFrames = {
  mention: Type.Object(
    {
      t: Type.Literal('mention'),
      ...inInbox,
      in: In,
      m: sequence('Sequence of the message'),
      all: Type.Optional(Type.Literal(1, { description: 'It was meant for everybody there' })),
    },
    { description: 'Somebody named me in a message' },
  ),
  reply: Type.Object(
    {
      t: Type.Literal('reply'),
      ...inInbox,
      in: In,
      m: sequence('Sequence of the message'),
      re: Type.Optional(sequence('Sequence of the message that begins its thread')),
      q: Type.Optional(sequence('Sequence of my message that it quotes')),
    },
    { description: 'Somebody answered in a thread in which I wrote, or quoted me' },
  ),
  invite: Type.Object(
    { t: Type.Literal('invite'), ...inInbox, in: In, id: Type.String({ description: 'By it I accept or decline' }) },
    { description: 'Somebody asks me into a room' },
  ),
  added: Type.Object(
    { t: Type.Literal('added'), ...inInbox, in: In, ver: Version },
    { description: 'I am a member now; with `rooms: "all"` the room becomes live from that event on' },
  ),
  out: Type.Object(
    {
      t: Type.Literal('out'),
      ...inInbox,
      in: In,
      op: Type.Enum(['leave', 'remove', 'ban'], { description: 'How it ended' }),
      ver: Version,
    },
    { description: 'My membership has ended' },
  ),
  notice: Type.Object(
    { t: Type.Literal('notice'), ...inInbox, text: Type.String({ description: 'What it says' }) },
    { description: 'A word of who runs the installation' },
  ),
  notify: Type.Object(
    {
      t: Type.Literal('notify'),
      ...inInbox,
      in: Type.Optional(In),
      level: Type.Optional(NotifyLevelSchema),
      until: Type.Optional(
        Type.Integer({ description: 'Told of nothing until then, ms since 1970; 9007199254740991: for good' }),
      ),
      ver: Type.Integer({ description: 'Of what I said; of two the higher one holds' }),
    },
    { description: 'I said what I want to be told of: in the room `in`, else everywhere; all that holds now' },
  ),
} as const;
