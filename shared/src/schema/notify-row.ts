import type { RoomId, UserId } from './ids.ts';
import type { NotifyLevel, RoomNotify, UserNotify } from './notify.ts';
import { unsetNotify } from './notify.ts';

/** What a user said of notifications, in `notify_users`: written by the api, read by the log worker too. */
export interface NotifyUserRow {
  readonly _id: UserId;
  readonly level?: NotifyLevel;
  readonly until?: number;
  readonly ver: number;
}

export const notifyRoomRowId = (room: RoomId, user: UserId): string => `${room}:${user}`;

/** What he said of one room, in `notify_rooms`; stays when he leaves, and holds when he is back. */
export interface NotifyRoomRow {
  /** `<room>:<user>`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly u: UserId;
  readonly level?: NotifyLevel;
  readonly until?: number;
  readonly ver: number;
}

export const userNotifyOf = (row: Pick<NotifyUserRow, 'level' | 'until'> | undefined): UserNotify => ({
  level: row?.level ?? unsetNotify.level,
  ...(row?.until === undefined ? {} : { quietUntil: row.until }),
});

export const roomNotifyOf = (row: Pick<NotifyRoomRow, 'level' | 'until'> | undefined): RoomNotify => ({
  ...(row?.level === undefined ? {} : { level: row.level }),
  ...(row?.until === undefined ? {} : { mutedUntil: row.until }),
});
