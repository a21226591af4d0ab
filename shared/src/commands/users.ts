import { Type } from 'typebox';
import { PersonSchema, page, pageOf } from './answers.ts';
import { contracts } from './contract.ts';

export const userCommands = contracts({
  'users.active': {
    method: 'GET',
    path: '/users/active',
    tag: 'users',
    summary: 'Who is online now of those with whom I share a room',
    description:
      'By rising id, and I among them. Who comes or goes between two pages may be missing or named; nobody is named twice. Who ' +
      'has blocked me, or whom I have, is left out. A page may be short, or empty, and still have a `next`.',
    parameters: Type.Object({ ...page }),
    answer: pageOf(
      Type.Object({
        ...PersonSchema.properties,
        presence: Type.Enum(['online', 'away'], { description: '`away`: at none of his devices' }),
      }),
    ),
    example: {
      answer: { items: [{ id: '01kahzwq2m7n8p9q0r1s2t3v4w', nickname: 'alice', presence: 'online' }] },
    },
  },
});
