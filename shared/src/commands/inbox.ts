import { Type } from 'typebox';
import { RoomIdSchema, type UserId, UserIdSchema } from '../schema/index.ts';
import { SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const InboxItemSchema = Type.Object({
  sequence: SequenceSchema,
  kind: Type.String({
    description: '`mention`, `reply`, `invite`, `added`, `out`, `notice` or `notify`; skip what you do not know',
  }),
  user: Type.Unsafe<UserId>({ ...UserIdSchema, description: 'Who did it' }),
  at: TimeSchema,
  room: Type.Optional(RoomIdSchema),
  message: Type.Optional(SequenceSchema),
  all: Type.Optional(Type.Literal(true, { description: 'Everybody of the room was called, not I by name' })),
  invitation: Type.Optional(Type.String({ description: 'By it I accept or decline' })),
  how: Type.Optional(Type.String({ description: 'Of `out`: `leave`, `remove` or `ban`' })),
  text: Type.Optional(Type.String({ description: 'Of `notice`' })),
});

export const inboxCommands = contracts({
  'me.inbox': {
    method: 'GET',
    path: '/me/inbox',
    tag: 'me',
    summary: 'What was told to me alone, the newest first',
    description:
      'The same events, under the same numbers, that sockets get. While the log is away older pages still answer.',
    parameters: Type.Object({
      before: Type.Optional(Type.Integer({ minimum: 1, description: '`next` of the page before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
    }),
    answer: Type.Object({
      items: Type.Array(InboxItemSchema),
      next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent: there is no more' })),
    }),
    example: {
      answer: {
        items: [
          {
            sequence: 1044,
            kind: 'mention',
            user: '01kahzwq2m7n8p9q0r1s2t3v4w',
            at: '2026-11-21T12:00:00.000Z',
            room: '01kahzv5c0d1e2f3g4h5j6k7m8',
            message: 1042,
          },
        ],
      },
    },
  },
});
