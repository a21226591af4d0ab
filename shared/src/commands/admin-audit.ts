import { Type } from 'typebox';
import { ActIdSchema, UserIdSchema } from '../schema/index.ts';
import { ActorSchema } from './admin-keys.ts';
import { page, pageOf, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aTime, aUser } from './examples.ts';

const CommandSchema = Type.String({ minLength: 1, maxLength: 40, examples: ['users.disable'] });
const TargetSchema = Type.String({ minLength: 1, maxLength: 64, examples: [aUser] });

const ActSchema = Type.Object({
  id: ActIdSchema,
  actor: ActorSchema,
  as: Type.Optional(Type.Unsafe({ ...UserIdSchema, description: 'The user in whose name the key asked' })),
  command: CommandSchema,
  targets: Type.Array(TargetSchema, { description: 'Ids that it named, and that of what it made' }),
  at: TimeSchema,
  address: Type.String({ description: 'From where' }),
  outcome: Type.Optional(
    Type.String({ description: '`done`, or the kind of failure; absent: nobody knows, it may have happened' }),
  ),
});

const anAct = {
  ...{ id: '01kahzv9k0m1n2p3q4r5s6t7v8', actor: `user:${aUser}`, command: 'users.disable' },
  ...{ targets: ['01kahzwq2m7n8p9q0r1s2t3v4w'], at: aTime, address: '127.0.0.1', outcome: 'done' },
};

export const adminAuditCommands = contracts({
  'audit.list': {
    method: 'GET',
    path: '/admin/audit',
    tag: 'admin',
    door: 'admin',
    summary: 'What admins and API keys did or were refused, the newest first',
    description: 'Nothing of it is ever changed; it goes after `GAPLESS_AUDIT_AGE_MS`. What is asked for is noted too.',
    parameters: Type.Object({
      actor: Type.Optional(ActorSchema),
      target: Type.Optional(TargetSchema),
      command: Type.Optional(CommandSchema),
      since: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; not before that' })),
      until: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; before that' })),
      ...page,
    }),
    answer: pageOf(ActSchema),
    example: { parameters: { command: 'users.disable' }, answer: { items: [anAct] } },
  },
});
