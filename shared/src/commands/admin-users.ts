import { Type } from 'typebox';
import { UserIdSchema } from '../schema/index.ts';
import { contracts } from './contract.ts';

const ofUser = Type.Object({ user: UserIdSchema });

export const adminUserCommands = contracts({
  'users.disable': {
    method: 'POST',
    path: '/admin/users/:user/disable',
    tag: 'admin',
    door: 'admin',
    summary: 'Disable a user, for admins',
    description:
      'His sessions end for good, his sockets close on every edge, and he cannot log in until he is enabled. His ' +
      'memberships and messages stay.',
    parameters: ofUser,
    example: { parameters: { user: '01kahzwq2m7n8p9q0r1s2t3v4w' } },
  },
  'users.enable': {
    method: 'POST',
    path: '/admin/users/:user/enable',
    tag: 'admin',
    door: 'admin',
    summary: 'Let a disabled user log in again, for admins',
    parameters: ofUser,
    example: { parameters: { user: '01kahzwq2m7n8p9q0r1s2t3v4w' } },
  },
});
