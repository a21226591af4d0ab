import { Type } from 'typebox';

export const roomKinds = ['group', 'direct'] as const;
export type RoomKind = (typeof roomKinds)[number];

export const RoomNameSchema = Type.String({
  minLength: 1,
  maxLength: 80,
  pattern: '\\S',
  description: 'Name of a room',
});
export const RoomNumberSchema = Type.Integer({ minimum: 1, description: 'Number by which people find a room' });
