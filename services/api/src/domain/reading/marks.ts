import { laterUnread, type RoomId, type UnreadMark, type UserId, unreadFrom } from '@gapless/shared/schema';

/** How far a member has come in a room, and when. Who has read has received. */
export interface MemberMark {
  readonly room: RoomId;
  readonly user: UserId;
  readonly recv: number;
  readonly read: number;
  /** Of the newest of the two; meaningless where both are 0. */
  readonly at: Date;
  /** When he last said that he has read, ms since 1970. */
  readonly readAt?: number;
  /** From where on he marked it unread. */
  readonly unread?: UnreadMark;
}

export type MarkKey = Pick<MemberMark, 'room' | 'user'>;

export const markKey = ({ room, user }: MarkKey): string => `${room}:${user}`;

/** The higher of each; `undefined` when there is neither. */
export function highest(a: MemberMark | undefined, b: MemberMark | undefined): MemberMark | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const at = a.at > b.at ? a.at : b.at;
  const readAt = Math.max(a.readAt ?? 0, b.readAt ?? 0);
  const unread = laterUnread(a.unread, b.unread);
  return {
    ...{ ...a, recv: Math.max(a.recv, b.recv), read: Math.max(a.read, b.read), at },
    ...(readAt === 0 ? {} : { readAt }),
    ...(unread === undefined ? {} : { unread }),
  };
}

/** Above which message what he has not read begins: marking a room unread never makes that less. */
export function countedAfter(mark: MemberMark | undefined): number {
  const read = mark?.read ?? 0;
  const from = mark && unreadFrom(mark);
  return from === undefined ? read : Math.min(read, from - 1);
}

/** How far the stream of receipts is in the store. */
export interface AppliedReceipts {
  readonly created: string;
  readonly seq: number;
}

export interface MarkStore {
  find(keys: readonly MarkKey[]): Promise<MemberMark[]>;
  applied(): Promise<AppliedReceipts | undefined>;
}

/** Marks that were stored and may not be in the store yet: every one that was stored before the call. */
export type UnwrittenMarks = () => Promise<ReadonlyMap<string, MemberMark>>;

/** How far members have come, whether the log worker has written it or not. */
export interface Marks {
  /** By `markKey`; without those who have not come anywhere. Rejects when the log or the store is away. */
  of(keys: readonly MarkKey[]): Promise<ReadonlyMap<string, MemberMark>>;
}

export function createMarks(deps: { store: Pick<MarkStore, 'find'>; unwritten: UnwrittenMarks }): Marks {
  const { store, unwritten } = deps;
  return {
    of: async (keys) => {
      if (keys.length === 0) return new Map();
      // The log first: what is written meanwhile is in the store by the time it is read.
      const fresh = await unwritten();
      const written = new Map((await store.find(keys)).map((mark) => [markKey(mark), mark]));
      const found = new Map<string, MemberMark>();
      for (const key of keys.map(markKey)) {
        const mark = highest(written.get(key), fresh.get(key));
        if (mark !== undefined) found.set(key, mark);
      }
      return found;
    },
  };
}
