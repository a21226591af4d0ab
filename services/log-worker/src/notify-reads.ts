import {
  type Circumstances,
  type Concern,
  notifies,
  type RoomId,
  type RoomNotify,
  type UserId,
} from '@gapless/shared/schema';

/** Somebody whom something in a room concerns. */
export interface Concerned {
  readonly room: RoomId;
  readonly user: UserId;
}

/** What a decision needs to know of one of them: what he said of all and of the room, and how far he has read it. */
export type Wishes = Pick<Circumstances, 'user'> & {
  readonly own: RoomNotify;
  readonly read: number;
};

/** What people want to be told of, which the api writes. */
export interface NotifyReads {
  /** By `placeKey`; of every one of them. */
  of(concerned: readonly Concerned[]): Promise<ReadonlyMap<string, Wishes>>;
}

/** What names, answers or quotes somebody is told of alike in rooms of every kind and size. */
export const isToldOf = (
  concern: Exclude<Concern, 'message' | 'direct' | 'whisper' | 'invite' | 'notice'>,
  { user, own, read }: Wishes,
  at: { readonly seq: number; readonly nowMs: number },
): boolean => {
  const room = { kind: 'group', isLarge: false, ...own } as const;
  const is = { isOwn: false, isBlocked: false, isRead: read >= at.seq };
  return notifies({ concern, user, room, ...is, nowMs: at.nowMs }) !== 'none';
};
