import { type TSchema, Type } from 'typebox';
import {
  CustomDataSchema,
  historyPolicies,
  ImageFileSchema,
  ImageUrlSchema,
  maxSlowSeconds,
  RoomIdSchema,
  RoomNameSchema,
  RoomNumberSchema,
  roomKinds,
  TopicSchema,
  UserIdSchema,
  visibilities,
} from '../schema/index.ts';
import { page, pageOf, RoomSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { aRoom, aRoomId, aUser } from './examples.ts';
import { clientId } from './messages.ts';

const ofRoom = Type.Object({ room: RoomIdSchema });
const VisibilitySchema = Type.Enum([...visibilities], {
  default: 'public',
  description: '`public`: everybody finds and joins it; `private`: only who is brought in or asked',
});
const orNull = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const room = { room: aRoomId };

export const roomCommands = contracts({
  'rooms.create': {
    method: 'POST',
    path: '/rooms',
    tag: 'rooms',
    summary: 'Create a group room, owned by me',
    description: 'Of name and topic what cannot be seen is taken away.',
    parameters: Type.Object({
      name: RoomNameSchema,
      topic: Type.Optional(TopicSchema),
      image: Type.Optional(ImageUrlSchema),
      imageFile: Type.Optional(ImageFileSchema),
      visibility: Type.Optional(VisibilitySchema),
      custom: Type.Optional(CustomDataSchema),
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
    example: { parameters: { name: 'Lobby', topic: 'Whatever comes' }, answer: aRoom },
  },
  'rooms.direct': {
    method: 'POST',
    path: '/rooms/direct',
    tag: 'rooms',
    summary: 'The direct room with a user',
    description:
      'One for each pair, whoever asks, made where there is none yet, both members from the start. With myself it is a ' +
      'place for notes. It stays when one of the two is disabled; where one has blocked the other none is made.',
    parameters: Type.Object({ user: UserIdSchema }),
    answer: RoomSchema,
    example: { parameters: { user: aUser } },
  },
  'rooms.mine': {
    method: 'GET',
    path: '/rooms',
    tag: 'rooms',
    summary: 'My rooms, where something happened last comes first',
    description:
      'Each at most once in a walk over the pages: a room in which something happens meanwhile moves to the beginning, ' +
      'where a new walk finds it.',
    parameters: Type.Object({
      kind: Type.Optional(Type.Enum([...roomKinds], { description: 'Only these; absent: all' })),
      ...page,
    }),
    answer: pageOf(RoomSchema),
    example: { answer: { items: [aRoom] } },
  },
  'rooms.public': {
    method: 'GET',
    path: '/rooms/public',
    tag: 'rooms',
    summary: 'Public groups, for everybody',
    description: 'Those whose name begins like that, by name; without one all, the newest first.',
    parameters: Type.Object({ name: Type.Optional(RoomNameSchema), ...page }),
    answer: pageOf(RoomSchema),
    example: { parameters: { name: 'lob' } },
  },
  'rooms.get': {
    method: 'GET',
    path: '/rooms/:room',
    tag: 'rooms',
    summary: 'A room',
    description: 'A public group, or one of mine: of any other I am told that there is none.',
    parameters: ofRoom,
    answer: RoomSchema,
    live: true,
    example: { parameters: room, answer: aRoom },
  },
  'rooms.byNumber': {
    method: 'GET',
    path: '/rooms/by-number/:number',
    tag: 'rooms',
    summary: 'The group with that number',
    parameters: Type.Object({ number: RoomNumberSchema }),
    answer: RoomSchema,
    live: true,
    example: { parameters: { number: 17 }, answer: aRoom },
  },
  'rooms.change': {
    method: 'PATCH',
    path: '/rooms/:room',
    tag: 'rooms',
    summary: 'Change what a group is, for its owners and moderators',
    description: 'What is not named stays as it is; `null` takes it away. Members are told of everything but `custom`.',
    parameters: Type.Object({
      room: RoomIdSchema,
      name: Type.Optional(RoomNameSchema),
      topic: orNull(TopicSchema),
      image: orNull(ImageUrlSchema),
      imageFile: Type.Optional(ImageFileSchema),
      visibility: Type.Optional(VisibilitySchema),
      custom: orNull(CustomDataSchema),
      ifVersion: Type.Optional(Type.Integer({ minimum: 1, description: 'Only if this is still its `version`' })),
    }),
    answer: RoomSchema,
    example: { parameters: { ...room, topic: 'Something else' }, answer: aRoom },
  },
  'rooms.freeze': {
    method: 'PUT',
    path: '/rooms/:room/freeze',
    tag: 'rooms',
    summary: 'Let only owners and moderators write, for these',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.unfreeze': {
    method: 'DELETE',
    path: '/rooms/:room/freeze',
    tag: 'rooms',
    summary: 'Let everybody write again, for owners and moderators',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.slow': {
    method: 'PUT',
    path: '/rooms/:room/slow-mode',
    tag: 'rooms',
    summary: 'Set the pause between two messages of one member, for owners and moderators',
    parameters: Type.Object({
      room: RoomIdSchema,
      seconds: Type.Integer({ minimum: 0, maximum: maxSlowSeconds, description: '0: none' }),
    }),
    example: { parameters: { ...room, seconds: 30 } },
  },
  'rooms.archive': {
    method: 'PUT',
    path: '/rooms/:room/archive',
    tag: 'rooms',
    summary: 'Archive a group, for its owners: nobody writes or comes in, members read on',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.unarchive': {
    method: 'DELETE',
    path: '/rooms/:room/archive',
    tag: 'rooms',
    summary: 'Take a group out of the archive, for its owners',
    parameters: ofRoom,
    example: { parameters: room },
  },
  'rooms.delete': {
    method: 'DELETE',
    path: '/rooms/:room',
    tag: 'rooms',
    summary: 'Delete a group for good and for all, for its owners',
    parameters: ofRoom,
    example: { parameters: room },
  },
});
