import type { InboxEvent, OpId, RoomEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { ImageUses } from '../files/image-uses.ts';
import type { Makings } from '../once.ts';
import type { Invite, Link } from './invites.ts';
import type { Ban, Membership, Room, RoomFields, Stay } from './room-store.ts';

/** One change of a room: all of it is written, or nothing. Reads see one moment; who loses a race starts over. */
export interface RoomChange extends Members, BanChanges, InviteChanges, LinkChanges, Tidings {
  /** For `once`: what makes something remembers it here. */
  readonly makings: Makings;
  readonly images: ImageUses;
  /** `undefined` also for one that is gone. */
  room(id: RoomId): Promise<Room | undefined>;
  directOf(a: UserId, b: UserId): Promise<Room | undefined>;
  addRoom(room: Room): Promise<void>;
  /** So many members more; the room's new version, `undefined` when it would have more than `limit`. */
  grow(room: RoomId, limit: number, by: number): Promise<number | undefined>;
  /** One member less; the room's new version. */
  shrink(room: RoomId): Promise<number>;
  /** What is said about the room comes one after the other, though nothing of it changes. */
  lock(room: RoomId): Promise<void>;
  /** The room's new version, where nothing of it changes but who is what in it. */
  turn(room: RoomId): Promise<number>;
  /** The room with these fields instead; an absent one is taken away. */
  setFields(room: Room, fields: RoomFields): Promise<Room>;
  /** Of transactions that say something about the same two users one comes after the other. */
  lockPair(a: UserId, b: UserId): Promise<void>;
  /** Of these users those with whom there is a block, whoever made it. */
  blockedAmong(user: UserId, users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  /** Of these users those who have an account that is not disabled. */
  active(users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
}

interface Members {
  membership(room: RoomId, user: UserId): Promise<Membership | undefined>;
  /** What stays of one who is not in: his stays, the oldest first, and until when he is muted. */
  former(room: RoomId, user: UserId): Promise<Former>;
  /** In how many rooms of that kind the user is, counted up to `limit`. */
  roomsOf(user: UserId, origin: RoomOrigin, limit: number): Promise<number>;
  setMembership(membership: Membership): Promise<void>;
  endMembership(room: RoomId, user: UserId, version: number): Promise<void>;
  /** Members of that role who stay when `leaving` goes, who joined first comes first; no more than can be looked at. */
  standing(room: RoomId, role: Membership['role'], leaving: UserId): Promise<Membership[]>;
}

/** Direct rooms that others opened are counted apart: nobody fills up what is the user's own. */
export type RoomOrigin = 'own' | 'opened_by_others';

export interface Former {
  readonly past: readonly Stay[];
  readonly mutedUntil?: number;
}

interface BanChanges {
  /** Of these users those who are banned. */
  bannedAmong(room: RoomId, users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  addBan(ban: Ban): Promise<void>;
  removeBan(room: RoomId, user: UserId): Promise<void>;
}

interface InviteChanges {
  invite(id: string): Promise<Invite | undefined>;
  inviteOf(room: RoomId, user: UserId): Promise<Invite | undefined>;
  /** How many stand, counted up to `limit`. */
  invitesOf(room: RoomId, limit: number): Promise<number>;
  /** How many of those this member made, counted up to `limit`. */
  invitesBy(room: RoomId, by: UserId, limit: number): Promise<number>;
  addInvite(invite: Invite): Promise<void>;
  removeInvite(room: RoomId, user: UserId): Promise<void>;
}

interface LinkChanges {
  link(id: string): Promise<Link | undefined>;
  /** How many the room has that are not used up, counted up to `limit`. */
  linksOf(room: RoomId, limit: number): Promise<number>;
  addLink(link: Link): Promise<void>;
  removeLink(room: RoomId, id: string): Promise<void>;
  /** Takes one use; `false` when none is left. After the last one it is kept for a month, to be looked at. */
  spendLink(id: string): Promise<boolean>;
}

/** What leaves through the outbox, in the same transaction. */
interface Tidings {
  /** The event leaves for the room's log after the change, and with it the access of these users. */
  announce(version: number, event: RoomEvent, users: readonly UserId[]): Promise<void>;
  /** As `announce`, of a room that is gone: behind the event all memberships end, however many they are. */
  announceEnd(version: number, event: RoomEvent): Promise<void>;
  /** The event leaves for the inbox of the user it names. */
  tell(event: InboxEvent): Promise<void>;
}

/** What a change has put on its way. */
export interface Sent {
  readonly room: RoomId;
  readonly op: OpId;
}

export interface RoomChanges {
  /**
   * May call `work` several times; only the last one's writes stay. Work under one key waits for each other. Resolves with
   * what came of it once all that it announced is carried out, or would take too long to wait for. Rejects with `busy` after
   * too many lost races.
   */
  run<T>(key: string, work: (change: RoomChange) => Promise<T>): Promise<T>;
}

/** Carries an announced change into the log soon; `false` where that would take too long to wait for. */
export type CarryOut = (sent: Sent) => Promise<boolean>;
