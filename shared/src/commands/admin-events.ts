import { Type } from 'typebox';
import { AppDataSchema, AppNameSchema, ClientIdSchema, RoomIdSchema, UserIdSchema } from '../schema/index.ts';
import { StoredSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aRoomId, aTime, aUser } from './examples.ts';

const clientId = Type.Optional(ClientIdSchema);
const what = { name: AppNameSchema, data: Type.Optional(AppDataSchema), clientId };
const said = { name: 'order.shipped', data: { order: 17 } };
const ofAdmins = { tag: 'admin', door: 'admin', scope: 'events:write', method: 'POST' } as const;

/** What the application tells beside what people write. */
export const adminEventCommands = contracts({
  'events.publish': {
    ...ofAdmins,
    path: '/admin/rooms/:room/events',
    summary: 'Put an event of the application into a room',
    description:
      'It has its number in the order of the room, is told live and replayed as `app`, and changes nothing of the room. ' +
      'Once for one client id, for good.',
    parameters: Type.Object({ room: RoomIdSchema, ...what }),
    answer: StoredSchema,
    example: { parameters: { room: aRoomId, ...said }, answer: { sequence: 1043, at: aTime } },
  },
  'events.tell': {
    ...ofAdmins,
    path: '/admin/users/:user/events',
    summary: 'Put an event of the application into the inbox of a user',
    description: 'As `app`, to all his devices, in the order of his inbox. Once for one client id, for a day.',
    parameters: Type.Object({ user: UserIdSchema, ...what }),
    example: { parameters: { user: aUser, ...said } },
  },
});
