import type { RoomId, UserId } from '@gapless/shared/schema';

/** One member asks one user into a room. It counts while who asked is a member. */
export interface Invite {
  readonly id: string;
  readonly room: RoomId;
  readonly user: UserId;
  readonly by: UserId;
  readonly at: Date;
}

/** Whoever has its code may join. */
export interface Link {
  readonly id: string;
  readonly room: RoomId;
  readonly by: UserId;
  readonly at: Date;
  /** The code itself is kept by nobody. */
  readonly codeHash: string;
  readonly until?: Date;
  /** Joins that it is good for; absent: as many as come. */
  readonly usesLeft?: number;
}

/** What is read of invites and links; they are changed through `RoomChanges`. */
export interface InviteStore {
  withId(id: string): Promise<Invite | undefined>;
  /** The newest first. */
  ofUser(user: UserId, page: InvitePage): Promise<Invite[]>;
  ofRoom(room: RoomId, page: InvitePage): Promise<Invite[]>;
  linksOf(room: RoomId, page: InvitePage): Promise<Link[]>;
  linkWithHash(codeHash: string): Promise<Link | undefined>;
}

export interface InvitePage {
  readonly below?: string | undefined;
  readonly limit: number;
}
