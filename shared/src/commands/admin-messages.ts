import { Type } from 'typebox';
import { ClientIdSchema, RoomIdSchema, UserIdSchema } from '../schema/index.ts';
import { contracts } from './contract.ts';
import { aRoomId, aUser } from './examples.ts';

const at = '2026-11-21T12:00:00.000Z';
const Process = Type.String({ description: '`<service>@<machine>:<process>`' });
const Time = Type.String({ format: 'date-time' });
const unknown = Type.Optional(Type.String({ description: 'Why it cannot be told' }));
const optional = { when: Type.Optional(Time), by: Type.Optional(Process), unknown };

/** Each time is by the clock of whom it names: they may differ. */
const StagesSchema = Type.Object({
  takenIn: Type.Object(optional, { description: 'By the edge, or by the api where it came by REST or `call`' }),
  stored: Type.Object(
    { ...optional, stream: Type.String() },
    { description: 'In the log, by the clock of the server that leads the stream' },
  ),
  fannedOut: Type.Object(
    {
      items: Type.Array(
        Type.Object({
          by: Process,
          sockets: Type.Integer({ description: 'On which the room is live now' }),
          when: Type.Optional(Time),
        }),
      ),
      unknown,
    },
    { description: 'By edges that follow the room now' },
  ),
  persisted: Type.Object(
    { done: Type.Boolean(), when: Type.Optional(Time), watermark: Type.Integer(), unknown },
    { description: 'In MongoDB, where everything of the stream up to `watermark` is' },
  ),
  received: Type.Object({ members: Type.Integer() }, { description: 'Members whose marks are at it or above' }),
  read: Type.Object({ members: Type.Integer() }),
  superseded: Type.Object({
    edited: Type.Optional(Type.Integer({ description: 'Sequence of the event that it is as it is by' })),
    deleted: Type.Optional(Type.Literal(true)),
    duplicateOf: Type.Optional(Type.Integer({ description: 'It landed twice: sequence of the first one' })),
  }),
});

const TraceSchema = Type.Object({
  room: RoomIdSchema,
  sequence: Type.Integer(),
  user: Type.Optional(UserIdSchema),
  clientId: Type.Optional(ClientIdSchema),
  kind: Type.Optional(
    Type.String({
      description: 'As in events: `msg`, `edit` …; absent, as `user` is, where nobody can read the event',
    }),
  ),
  stages: StagesSchema,
});

const edge = 'edge@edge-1:7';
const answer = {
  ...{ room: aRoomId, sequence: 1042, user: aUser, clientId: '019a9d7c-41e2-7c3a-9a51-3f0d2b6c8e10', kind: 'msg' },
  stages: {
    takenIn: { when: at, by: edge },
    stored: { when: at, stream: 'ROOM_0' },
    fannedOut: { items: [{ by: edge, sockets: 12, when: at }] },
    persisted: { done: true, when: at, watermark: 1042 },
    received: { members: 9 },
    read: { members: 7 },
    superseded: {},
  },
};

const ofAdmins = { method: 'GET', tag: 'admin', door: 'admin', scope: 'messages:read', answer: TraceSchema } as const;
const description =
  'From the edge to who has read it: when, and by which process, or why that cannot be told any more. Never what it says.';

export const adminMessageCommands = contracts({
  'messages.trace': {
    ...ofAdmins,
    path: '/admin/rooms/:room/messages/:sequence/trace',
    summary: 'Where an event of a room is',
    description,
    parameters: Type.Object({ room: RoomIdSchema, sequence: Type.Integer({ minimum: 1 }) }),
    live: true,
    example: { answer },
  },
  'messages.traceSent': {
    ...ofAdmins,
    path: '/admin/rooms/:room/trace',
    summary: 'Where the message is that a user sent under a client id',
    description,
    parameters: Type.Object({ room: RoomIdSchema, user: UserIdSchema, clientId: ClientIdSchema }),
    live: true,
    example: { answer },
  },
});
