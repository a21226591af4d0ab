import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { ClientSession, Collection, Db, Filter } from 'mongodb';
import type { Invite, InvitePage, InviteStore, Link } from '../domain/rooms/invites.ts';
import type { RoomChange } from '../domain/rooms/room-changes.ts';

interface InviteRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly u: UserId;
  readonly by: UserId;
  readonly at: Date;
}

interface LinkRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly by: UserId;
  readonly at: Date;
  readonly hash: string;
  readonly until?: Date;
  readonly left?: number;
}

const monthSeconds = 30 * 24 * 60 * 60;

export const inviteIndexes = [
  { key: { r: 1, u: 1 }, name: 'invite_of_user', unique: true },
  { key: { r: 1, _id: -1 }, name: 'invites_of_room' },
  { key: { u: 1, _id: -1 }, name: 'invites_of_user' },
  { key: { at: 1 }, name: 'month', expireAfterSeconds: monthSeconds },
] as const;

export const linkIndexes = [
  { key: { hash: 1 }, name: 'hash', unique: true },
  { key: { r: 1, _id: -1 }, name: 'links_of_room' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

const toInvite = ({ _id, r, u, by, at }: InviteRow): Invite => ({ id: _id, room: r, user: u, by, at });

const toLink = ({ _id, r, by, at, hash, until, left }: LinkRow): Link => ({
  ...{ id: _id, room: r, by, at, codeHash: hash },
  ...(until === undefined ? {} : { until }),
  ...(left === undefined ? {} : { usesLeft: left }),
});

export function createInviteStore(db: Db): InviteStore {
  const invites = db.collection<InviteRow>('invites', decisive);
  const links = db.collection<LinkRow>('links', decisive);
  return {
    async withId(id) {
      const row = await fromStore('reading an invitation', invites.findOne({ _id: id }, { maxTimeMS }));
      return row === null ? undefined : toInvite(row);
    },
    ofUser: async (user, page) => (await newest(invites, { u: user }, page)).map(toInvite),
    ofRoom: async (room, page) => (await newest(invites, { r: room }, page)).map(toInvite),
    linksOf: async (room, page) => (await newest(links, { r: room }, page)).map(toLink),
    async linkWithHash(hash) {
      const row = await fromStore('reading a link', links.findOne({ hash }, { maxTimeMS }));
      return row === null ? undefined : toLink(row);
    },
  };
}

/** By their ids, which rise with time. */
async function newest<T extends { readonly _id: string }>(
  rows: Collection<T>,
  filter: object,
  { below, limit }: InvitePage,
): Promise<T[]> {
  const within = { ...filter, ...(below === undefined ? {} : { _id: { $lt: below } }) } as Filter<T>;
  const found = rows.find(within, { maxTimeMS }).sort({ _id: -1 }).limit(limit).toArray();
  return (await fromStore('reading invitations', found)) as T[];
}

type OfInvites = 'invite' | 'inviteOf' | 'invitesOf' | 'invitesBy' | 'addInvite' | 'removeInvite';
type OfLinks = 'link' | 'linksOf' | 'addLink' | 'removeLink' | 'spendLink';

export function inviteChanges(db: Db, session: ClientSession): Pick<RoomChange, OfInvites | OfLinks> {
  const invites = db.collection<InviteRow>('invites');
  const links = db.collection<LinkRow>('links');
  const options = { session, maxTimeMS };
  const found = (row: InviteRow | null) => (row === null ? undefined : toInvite(row));
  return {
    invite: async (id) => found(await invites.findOne({ _id: id }, options)),
    inviteOf: async (room, user) => found(await invites.findOne({ r: room, u: user }, options)),
    invitesOf: (room, limit) => invites.countDocuments({ r: room }, { ...options, limit }),
    invitesBy: (room, by, limit) => invites.countDocuments({ r: room, by }, { ...options, limit }),
    async addInvite({ id, room, user, by, at }) {
      await invites.insertOne({ _id: id, r: room, u: user, by, at }, { session });
    },
    async removeInvite(room, user) {
      await invites.deleteOne({ r: room, u: user }, { session });
    },
    async link(id) {
      const row = await links.findOne({ _id: id }, options);
      return row === null ? undefined : toLink(row);
    },
    linksOf: (room, limit) => links.countDocuments({ r: room, left: { $ne: 0 } }, { ...options, limit }),
    async addLink({ id, room, by, at, codeHash, until, usesLeft }) {
      const ends = { ...(until === undefined ? {} : { until }), ...(usesLeft === undefined ? {} : { left: usesLeft }) };
      await links.insertOne({ _id: id, r: room, by, at, hash: codeHash, ...ends }, { session });
    },
    async removeLink(room, id) {
      await links.deleteOne({ _id: id, r: room }, { session });
    },
    async spendLink(id) {
      const row = await links.findOne({ _id: id }, options);
      if (row?.left === undefined) return row !== null;
      const ends = row.left === 1 ? { $min: { until: new Date(Date.now() + monthSeconds * 1_000) } } : {};
      const spent = await links.updateOne({ _id: id, left: { $gt: 0 } }, { $inc: { left: -1 }, ...ends }, { session });
      return spent.matchedCount > 0;
    },
  };
}
