import { Type } from 'typebox';
import { UserIdSchema } from '../schema/index.ts';
import { page, pageOf, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const ofUser = Type.Object({ user: UserIdSchema });
const user = '01kahzwq2m7n8p9q0r1s2t3v4w';

const BlockedSchema = Type.Object({
  user: UserIdSchema,
  nickname: Type.Optional(Type.String()),
  at: TimeSchema,
});

export const blockCommands = contracts({
  'users.block': {
    method: 'PUT',
    path: '/me/blocked/:user',
    tag: 'users',
    summary: 'Block a user',
    description:
      'Neither can then write to the other in a direct room, whisper to him, mention him, find him or see whether he is ' +
      'there. Rooms that both are in go on. He is not told. At most 1,000; repeated it is done already.',
    parameters: ofUser,
    example: { parameters: { user } },
  },
  'users.unblock': {
    method: 'DELETE',
    path: '/me/blocked/:user',
    tag: 'users',
    summary: 'Take a block of mine back',
    description: 'What he has blocked himself stays so.',
    parameters: ofUser,
    example: { parameters: { user } },
  },
  'users.blocked': {
    method: 'GET',
    path: '/me/blocked',
    tag: 'users',
    summary: 'Whom I have blocked, the newest first',
    parameters: Type.Object({ ...page }),
    answer: pageOf(BlockedSchema),
    example: { answer: { items: [{ user, nickname: 'eve', at: '2026-11-21T08:00:00.000Z' }] } },
  },
});
