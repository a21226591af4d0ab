import { Type } from 'typebox';

export const roomKinds = ['group', 'direct'] as const;
export type RoomKind = (typeof roomKinds)[number];

/** Who finds and joins a group: everybody, or only who was invited or added. */
export const visibilities = ['public', 'private'] as const;
export type Visibility = (typeof visibilities)[number];

/** What of a room decides who may write in it, for everybody at once; absent: nothing special. */
export interface RoomFlags {
  /** Version of the room: higher ones win, whatever the order in which they arrive. */
  readonly ver: number;
  readonly frozen?: 1;
  readonly archived?: 1;
  readonly slow?: number;
  readonly gone?: 1;
}

export const RoomNameSchema = Type.String({
  minLength: 1,
  maxLength: 80,
  pattern: '\\S',
  description: 'Name of a room',
});
export const RoomNumberSchema = Type.Integer({ minimum: 1, description: 'Number by which people find a room' });

export const TopicSchema = Type.String({ maxLength: 250, description: 'What the room is about' });
export const ReasonSchema = Type.String({ maxLength: 250, description: 'Why, for those who keep order' });

/** Longest pause of slow mode: six hours. */
export const maxSlowSeconds = 21_600;
