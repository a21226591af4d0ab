import { Type } from 'typebox';
import { NoticeIdSchema, type RoomId, RoomIdSchema, UserIdSchema } from '../schema/index.ts';
import { ActorSchema } from './admin-keys.ts';
import { page, pageOf, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aTime, aUser } from './examples.ts';
import { clientId } from './messages.ts';

const mostNamed = 1_000;
const TextSchema = Type.String({ minLength: 1, maxLength: 1_000, examples: ['Maintenance at noon'] });
const NoticeSchema = Type.Object({
  id: NoticeIdSchema,
  text: TextSchema,
  by: ActorSchema,
  at: TimeSchema,
  room: Type.Optional(RoomIdSchema),
  told: Type.Integer({ minimum: 0, description: 'Users who were told so far' }),
  done: Type.Boolean({ description: 'Everybody was' }),
});
const notice = '01kahzv5a1b2c3d4e5f6g7h8j9';
const aNotice = {
  ...{ id: notice, text: 'Maintenance at noon', by: `user:${aUser}`, at: aTime, told: 120, done: true },
};
const ofAdmins = { tag: 'admin', door: 'admin' } as const;

/** A word of who runs the installation. */
export const adminNoticeCommands = contracts({
  'notices.send': {
    ...ofAdmins,
    method: 'POST',
    path: '/admin/notices',
    summary: 'Tell everybody something, or some users, or the members of a room',
    description:
      'As `notice` in the inbox of each, once, at a pace that leaves the log to people; whoever signs up later is not told. ' +
      'It goes on whatever dies meanwhile.',
    parameters: Type.Object({
      text: TextSchema,
      users: Type.Optional(Type.Array(UserIdSchema, { minItems: 1, maxItems: mostNamed, description: 'Only these' })),
      room: Type.Optional(Type.Unsafe<RoomId>({ ...RoomIdSchema, description: 'Only its members' })),
      clientId,
    }),
    answer: NoticeSchema,
    makes: '/admin/notices/:id',
    example: { parameters: { text: 'Maintenance at noon' }, answer: { ...aNotice, told: 0, done: false } },
  },
  'notices.get': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/notices/:notice',
    summary: 'A notice, and how far it has come',
    parameters: Type.Object({ notice: NoticeIdSchema }),
    answer: NoticeSchema,
    example: { parameters: { notice }, answer: aNotice },
  },
  'notices.list': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/notices',
    summary: 'Notices, the newest first',
    parameters: Type.Object({ ...page }),
    answer: pageOf(NoticeSchema),
    example: { answer: { items: [aNotice] } },
  },
});
