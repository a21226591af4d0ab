import { Type } from 'typebox';
import type { RoomKind } from './room.ts';

/** Of which messages I want to be told: of all, of those that concern me, of none. */
export const notifyLevels = ['all', 'mentions', 'none'] as const;
export type NotifyLevel = (typeof notifyLevels)[number];
export const NotifyLevelSchema = Type.Enum([...notifyLevels], {
  description: '`all` messages, those that concern me (`mentions`: also answers, quotes, direct rooms), or `none`',
});

/** Of quiet and mute that do not end by themselves: later than any time. */
export const silentForGood = Number.MAX_SAFE_INTEGER;

/** What a user wants wherever he has said nothing of a room. */
export interface UserNotify {
  readonly level: NotifyLevel;
  /** Told of nothing until then, ms since 1970. */
  readonly quietUntil?: number;
}

/** What he has said of one room. */
export interface RoomNotify {
  /** Absent: as wherever he has said nothing. */
  readonly level?: NotifyLevel;
  /** Told of nothing there until then, ms since 1970. */
  readonly mutedUntil?: number;
}

/** Of whom nothing is known but that he is there. */
export const unsetNotify: UserNotify = { level: 'all' };

/** A room as the decision sees it. `isLarge`: more members than are told of every message unless they ask for it. */
export interface NotifyRoom {
  readonly kind: RoomKind;
  readonly isLarge: boolean;
}

/** How something concerns me: a message of a group or a direct room, one that names me or everybody, and so on. */
export const concerns = [
  'message',
  'direct',
  'whisper',
  'mention',
  'all',
  'reply',
  'quote',
  'invite',
  'notice',
] as const;
export type Concern = (typeof concerns)[number];

export interface Circumstances {
  readonly concern: Concern;
  readonly user: UserNotify;
  /** The room that I am in, and what I have said of it; absent where I am in none, or not any more. */
  readonly room?: NotifyRoom & RoomNotify;
  /** I did it myself. */
  readonly isOwn: boolean;
  /** There is a block between me and who did it, whoever made it. */
  readonly isBlocked: boolean;
  readonly isRead: boolean;
  readonly nowMs: number;
}

/** What holds for a room: what was said of it, else of all, where large groups are told of less. */
export function levelIn({ level }: UserNotify, room: NotifyRoom & RoomNotify): NotifyLevel {
  if (room.level !== undefined) return room.level;
  return level === 'all' && room.kind === 'group' && room.isLarge ? 'mentions' : level;
}

export const isMutedNow = ({ mutedUntil = 0 }: RoomNotify, nowMs: number): boolean => mutedUntil > nowMs;

/**
 * Whether somebody is to be told of something, and why: the one decision of what is kept in inboxes, of live notes, of lists
 * and of whatever else may tell him.
 */
export function notifies(of: Circumstances): Concern | 'none' {
  const { concern, user, room, nowMs } = of;
  if (of.isOwn || of.isBlocked || of.isRead || (user.quietUntil ?? 0) > nowMs) return 'none';
  if (concern === 'notice') return concern;
  if (concern === 'invite') return user.level === 'none' ? 'none' : concern;
  if (room === undefined || isMutedNow(room, nowMs)) return 'none';
  const level = levelIn(user, room);
  if (level === 'none' || (concern === 'message' && level !== 'all')) return 'none';
  return concern;
}
