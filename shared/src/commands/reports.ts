import { Type } from 'typebox';
import {
  ReportIdSchema,
  ReportTextSchema,
  RoomIdSchema,
  reportReasons,
  reportStates,
  UserIdSchema,
} from '../schema/index.ts';
import { BodySchema, page, pageOf, SequenceSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';

const ReasonSchema = Type.Enum([...reportReasons], { description: 'What is wrong with it' });

const ReportSchema = Type.Object({
  id: ReportIdSchema,
  room: RoomIdSchema,
  sequence: SequenceSchema,
  author: UserIdSchema,
  by: Type.Optional(UserIdSchema),
  reason: ReasonSchema,
  text: Type.Optional(ReportTextSchema),
  at: TimeSchema,
  resolved: Type.Optional(
    Type.Object(
      { by: UserIdSchema, at: TimeSchema, text: Type.Optional(ReportTextSchema) },
      { description: 'By whom' },
    ),
  ),
});

const room = '01kahzx3y8r5b1c2d3e4f5g6h7';
const at = '2026-11-21T08:00:00.000Z';
const open = {
  ...{ id: '01kahzy5a1b2c3d4e5f6g7h8j9', room, sequence: 1042, reason: 'spam', at },
  ...{ author: '01kahzwq2m7n8p9q0r1s2t3v4w', by: '01kahzwr3n8p9q0r1s2t3v4w5x' },
};
const resolved = { ...open, resolved: { by: '01kahzws4p9q0r1s2t3v4w5x6y', at, text: 'Removed' } };

export const reportCommands = contracts({
  'messages.report': {
    method: 'POST',
    path: '/rooms/:room/messages/:sequence/reports',
    tag: 'messages',
    summary: 'Report a message to the moderators of its room',
    description:
      'For members who see it; not of one’s own. Once for each member and message: repeated it stays what it was. Of a ' +
      'direct room admins are told. Nothing of the message is copied: who may judge it reads it where it is.',
    parameters: Type.Object({
      room: RoomIdSchema,
      sequence: SequenceSchema,
      reason: ReasonSchema,
      text: Type.Optional(ReportTextSchema),
    }),
    answer: ReportSchema,
    example: { parameters: { room, sequence: 1042, reason: 'spam' }, answer: open },
  },
  'reports.list': {
    method: 'GET',
    path: '/rooms/:room/reports',
    tag: 'rooms',
    summary: 'Reported messages of a room, for its owners and moderators',
    description:
      'The newest first. Those of a direct room are for admins, by `reports.listAny`. Who wrote the message is told neither `by` whom nor the ' +
      'reporter’s `text`.',
    parameters: Type.Object({
      room: RoomIdSchema,
      state: Type.Optional(Type.Enum([...reportStates], { default: 'open' })),
      ...page,
    }),
    answer: pageOf(ReportSchema),
    example: { parameters: { room }, answer: { items: [open] } },
  },
  'reports.all': {
    method: 'GET',
    path: '/admin/reports',
    tag: 'admin',
    door: 'admin',
    scope: 'messages:read',
    summary: 'Reported messages of all rooms, for admins',
    description: 'The newest first; with what each message says now, since admins need not be members.',
    parameters: Type.Object({ state: Type.Optional(Type.Enum([...reportStates], { default: 'open' })), ...page }),
    answer: pageOf(
      Type.Object({
        ...ReportSchema.properties,
        body: Type.Optional({ ...BodySchema, description: 'What the message says now; absent when it is deleted' }),
      }),
    ),
    example: { parameters: {}, answer: { items: [{ ...open, body: { text: 'Buy this' } }] } },
  },
  'reports.resolve': {
    method: 'POST',
    path: '/rooms/:room/reports/:report/resolve',
    tag: 'rooms',
    summary: 'Say that a report is dealt with, for who may list it',
    description:
      'With who did it and when. The first word stands: repeated it is answered. Nobody judges a message of his own.',
    parameters: Type.Object({ room: RoomIdSchema, report: ReportIdSchema, text: Type.Optional(ReportTextSchema) }),
    answer: ReportSchema,
    example: { parameters: { room, report: open.id, text: 'Removed' }, answer: resolved },
  },
  'reports.listAny': {
    method: 'GET',
    path: '/admin/rooms/:room/reports',
    tag: 'admin',
    door: 'admin',
    summary: 'Reported messages of any room',
    description: 'As `reports.list`, also of direct rooms.',
    parameters: Type.Object({
      room: RoomIdSchema,
      state: Type.Optional(Type.Enum([...reportStates], { default: 'open' })),
      ...page,
    }),
    answer: pageOf(ReportSchema),
    example: { parameters: { room }, answer: { items: [open] } },
  },
  'reports.resolveAny': {
    method: 'POST',
    path: '/admin/rooms/:room/reports/:report/resolve',
    tag: 'admin',
    door: 'admin',
    summary: 'Say that a report of any room is dealt with',
    description: 'As `reports.resolve`, also in direct rooms and whatever who asks is to the room.',
    parameters: Type.Object({ room: RoomIdSchema, report: ReportIdSchema, text: Type.Optional(ReportTextSchema) }),
    answer: ReportSchema,
    example: { parameters: { room, report: open.id, text: 'Removed' }, answer: resolved },
  },
});
