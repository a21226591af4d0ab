import { Type } from 'typebox';
import { page, pageOf, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aRoomId, aTime } from './examples.ts';

const EdgeIdSchema = Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'One process, from its start to its end' });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const LetterIdSchema = Type.String({ pattern: '^[A-Za-z0-9_]{1,32}:\\d{16}$', description: 'Stream and number' });

const EdgeSchema = Type.Object({
  id: EdgeIdSchema,
  host: Type.String({ description: 'The machine, and the port on which it takes sockets' }),
  version: Type.String(),
  since: TimeSchema,
  state: Type.Enum(['serving', 'draining']),
  sockets: count('Open sockets'),
  users: count('Users with an open socket'),
  rooms: count('Rooms that it follows'),
});

const StreamSchema = Type.Object({
  stream: Type.String(),
  last: count('Number of its newest event'),
  watermark: count('Up to here everything is in MongoDB'),
  events: count('Events that are not known to be there'),
  bytes: count('Bytes of them, about'),
  fullAt: count('So many of them, and it takes no more'),
  oldest: Type.Optional(Type.String({ ...TimeSchema, description: 'RFC 3339; when the first of them was stored' })),
  heardAt: Type.String({ ...TimeSchema, description: 'RFC 3339; when a log worker last said so' }),
});

const LetterSchema = Type.Object({
  id: LetterIdSchema,
  stream: Type.String(),
  room: Type.String({ description: 'A room, or `@` and a user: his inbox' }),
  reason: Type.String(),
  size: count('Bytes of the event'),
  at: TimeSchema,
  tries: count('How often it was tried again in vain'),
});

const edge = '7d4d4b1e-7f6b-4b8e-9a55-6a5c0d1c2e3f';
const anEdge = {
  ...{ id: edge, host: 'edge-1:8081', version: '0.1.0', since: aTime, state: 'serving' },
  ...{ sockets: 120, users: 100, rooms: 40 },
};
const letter = 'ROOM_0:0000000000001042';
const aLetter = { id: letter, stream: 'ROOM_0', room: aRoomId, reason: 'not_json', size: 120, at: aTime, tries: 0 };
const ofAdmins = { tag: 'admin', door: 'admin' } as const;
const ofLetter = Type.Object({ letter: LetterIdSchema });

/** What keeps the installation going. */
export const adminOperationCommands = contracts({
  'edges.list': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/edges',
    summary: 'Edges that are there, and what they carry',
    parameters: Type.Object({}),
    answer: Type.Object({ items: Type.Array(EdgeSchema) }),
    example: { answer: { items: [anEdge] } },
  },
  'edges.drain': {
    ...ofAdmins,
    method: 'POST',
    path: '/admin/edges/:edge/drain',
    summary: 'Have an edge send its clients elsewhere and end',
    description:
      'As SIGTERM does, with exit code 0: whoever started it starts it anew, or not. Answered once it drains or is gone.',
    parameters: Type.Object({ edge: EdgeIdSchema }),
    example: { parameters: { edge } },
  },
  'limits.show': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/limits',
    summary: 'Limits of the api that answers, as they are configured',
    parameters: Type.Object({}),
    answer: Type.Object({ items: Type.Array(Type.Object({ variable: Type.String(), value: Type.Integer() })) }),
    example: { answer: { items: [{ variable: 'GAPLESS_ROOM_MEMBERS_LIMIT', value: 100 }] } },
  },
  'log.state': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/log',
    summary: 'How far MongoDB is behind the log, by stream',
    parameters: Type.Object({}),
    answer: Type.Object({ items: Type.Array(StreamSchema) }),
    example: {
      answer: {
        items: [
          {
            ...{ stream: 'ROOM_0', last: 1042, watermark: 1040, events: 2, bytes: 400, fullAt: 3435973836 },
            ...{ oldest: aTime, heardAt: aTime },
          },
        ],
      },
    },
  },
  'letters.list': {
    ...ofAdmins,
    method: 'GET',
    path: '/admin/dead-letters',
    summary: 'Events that could not be written to MongoDB and wait, without what they say',
    parameters: Type.Object({ ...page }),
    answer: pageOf(LetterSchema),
    example: { answer: { items: [aLetter] } },
  },
  'letters.get': {
    ...ofAdmins,
    scope: 'messages:read',
    method: 'GET',
    path: '/admin/dead-letters/:letter',
    summary: 'A dead letter, with what it says',
    parameters: ofLetter,
    answer: Type.Object({
      ...LetterSchema.properties,
      raw: Type.String({ description: 'Its first 16 KiB as text; what is no UTF-8 is replaced' }),
    }),
    example: { parameters: { letter }, answer: { ...aLetter, raw: '{"v":1,' } },
  },
  'letters.retry': {
    ...ofAdmins,
    method: 'POST',
    path: '/admin/dead-letters/:letter/retry',
    summary: 'Try to write a dead letter again',
    parameters: ofLetter,
    answer: Type.Object({
      written: Type.Boolean(),
      reason: Type.Optional(Type.String({ description: 'Why not' })),
    }),
    example: { parameters: { letter }, answer: { written: true } },
  },
  'letters.discard': {
    ...ofAdmins,
    method: 'DELETE',
    path: '/admin/dead-letters/:letter',
    summary: 'Give a dead letter up; it is kept, and waits no more',
    parameters: ofLetter,
    example: { parameters: { letter } },
  },
});
