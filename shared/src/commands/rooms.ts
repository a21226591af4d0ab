import { Type } from 'typebox';
import { historyPolicies, RoomIdSchema, RoomNameSchema, RoomNumberSchema } from '../schema/index.ts';
import { page, pageOf, RoomSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { clientId } from './messages.ts';

export const roomCommands = contracts({
  'rooms.create': {
    method: 'POST',
    path: '/rooms',
    tag: 'rooms',
    summary: 'Create a group room, owned by me',
    parameters: Type.Object({
      name: RoomNameSchema,
      history: Type.Optional(
        Type.Enum([...historyPolicies], {
          default: 'all',
          description: 'What members see: `all` of it, or only what is written while they are in (`joined`). For good',
        }),
      ),
      clientId,
    }),
    answer: RoomSchema,
    makes: '/rooms/:id',
  },
  'rooms.mine': {
    method: 'GET',
    path: '/rooms',
    tag: 'rooms',
    summary: 'My rooms, the newest room first',
    parameters: Type.Object({ ...page }),
    answer: pageOf(RoomSchema),
  },
  'rooms.get': {
    method: 'GET',
    path: '/rooms/:room',
    tag: 'rooms',
    summary: 'A room',
    parameters: Type.Object({ room: RoomIdSchema }),
    answer: RoomSchema,
  },
  'rooms.byNumber': {
    method: 'GET',
    path: '/rooms/by-number/:number',
    tag: 'rooms',
    summary: 'The room with that number',
    parameters: Type.Object({ number: RoomNumberSchema }),
    answer: RoomSchema,
  },
});
