import type { RoomId, UserId } from '@gapless/shared/schema';

/** How far a member has come in a room, and when. Who has read has received. */
export interface MemberMark {
  readonly room: RoomId;
  readonly user: UserId;
  readonly recv: number;
  readonly read: number;
  readonly at: Date;
}

export type MarkKey = Pick<MemberMark, 'room' | 'user'>;

export const markKey = ({ room, user }: MarkKey): string => `${room}:${user}`;

/** The higher of each; `undefined` when there is neither. */
export function highest(a: MemberMark | undefined, b: MemberMark | undefined): MemberMark | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const at = a.at > b.at ? a.at : b.at;
  return { ...a, recv: Math.max(a.recv, b.recv), read: Math.max(a.read, b.read), at };
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
