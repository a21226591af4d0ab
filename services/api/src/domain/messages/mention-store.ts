import type { RoomId, SequenceRange, UserId } from '@gapless/shared/schema';

/** Somebody was named in a message. */
export interface Mention {
  readonly room: RoomId;
  readonly seq: number;
  /** Who wrote the message. */
  readonly by: UserId;
  readonly at: Date;
  readonly all: boolean;
  /** Where it stands in the order of the user's mentions. */
  readonly place: Place;
}

export interface Place {
  readonly at: number;
  readonly id: string;
}

/** What a message says and whom it names, as written. */
export interface NamingText {
  readonly room: RoomId;
  readonly seq: number;
  readonly user: UserId;
  readonly text: string;
  readonly version: number;
  readonly thread?: number;
  /** The user who asks, by name or with everybody. */
  readonly names: boolean;
}

/** What the log worker has written of mentions, read only. */
export interface MentionStore {
  /** The user's, the newest first; only behind that place. */
  of(user: UserId, page: { behind?: Place | undefined; limit: number }): Promise<Mention[]>;
  /** How many there are within these parts of rooms, by room. */
  counts(
    user: UserId,
    parts: readonly (SequenceRange & { readonly room: RoomId })[],
  ): Promise<ReadonlyMap<RoomId, number>>;
  /** The messages of these mentions that are not deleted. */
  texts(user: UserId, mentions: readonly Pick<Mention, 'room' | 'seq'>[]): Promise<NamingText[]>;
}
