import { pageSize } from '@gapless/shared/commands';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { InvitationLinks } from '../domain/rooms/invitation-links.ts';
import type { Invitations } from '../domain/rooms/invitations.ts';
import type { RoomStore } from '../domain/rooms/room-store.ts';
import type { Handlers } from './handler.ts';
import { readTime } from './read-time.ts';
import { type NicknameReads, showInvite, showLink, showRoom } from './show-room.ts';

export interface InvitationDeps {
  readonly invitations: Invitations;
  readonly invitationLinks: InvitationLinks;
  readonly roomStore: Pick<RoomStore, 'withIds'>;
  readonly accountStore: NicknameReads;
}

type InviteCommand =
  | 'rooms.invite'
  | 'invites.ofRoom'
  | 'invites.withdraw'
  | 'invites.mine'
  | 'invites.accept'
  | 'invites.decline';
type LinkCommand = 'invitations.create' | 'invitations.list' | 'invitations.revoke' | 'rooms.joinByLink';

export const invitationHandlers = (deps: InvitationDeps): Handlers<InviteCommand | LinkCommand> => ({
  ...inviteHandlers(deps),
  ...linkHandlers(deps),
});

const idOf = ({ id }: { readonly id: string }): string => id;

function inviteHandlers({ invitations, roomStore, accountStore }: InvitationDeps): Handlers<InviteCommand> {
  return {
    'rooms.invite': async ({ user: by }, { room, user, nickname }) =>
      showInvite(await invitations.invite(by, room, { user, nickname })),
    'invites.ofRoom': async ({ user }, { room, limit = pageSize, cursor }) => {
      const found = await invitations.ofRoom(user, room, { below: fromCursor(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, idOf);
      return { items: items.map(showInvite), ...rest };
    },
    'invites.withdraw': ({ user: by }, { room, user }) => invitations.withdraw(by, room, user),
    'invites.mine': async ({ user }, { limit = pageSize, cursor }) => {
      const found = await invitations.mine(user, { below: fromCursor(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, idOf);
      const [rooms, nicknames] = await Promise.all([
        roomStore.withIds(items.map(({ room }) => room)),
        accountStore.nicknames(items.map(({ by }) => by)),
      ]);
      const names = new Map(rooms.map(({ id, name }) => [id, name]));
      const shown = items.flatMap(({ user: _, ...invite }) => {
        const name = names.get(invite.room);
        const nickname = nicknames.get(invite.by);
        if (name === undefined) return [];
        return [{ ...invite, name, at: invite.at.toISOString(), ...(nickname === undefined ? {} : { nickname }) }];
      });
      return { items: shown, ...rest };
    },
    'invites.accept': async ({ user }, { invite }) => showRoom(accountStore, await invitations.accept(user, invite)),
    'invites.decline': ({ user }, { invite }) => invitations.decline(user, invite),
  };
}

function linkHandlers({ invitationLinks, accountStore }: InvitationDeps): Handlers<LinkCommand> {
  return {
    'invitations.create': async ({ user }, { room, until, uses }) => {
      const ends = until === undefined ? undefined : readTime(until);
      const { link, code } = await invitationLinks.create(user, room, { until: ends, uses });
      return { ...showLink(link), code };
    },
    'invitations.list': async ({ user }, { room, limit = pageSize, cursor }) => {
      const found = await invitationLinks.ofRoom(user, room, { below: fromCursor(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, idOf);
      return { items: items.map(showLink), ...rest };
    },
    'invitations.revoke': ({ user }, { room, link }) => invitationLinks.revoke(user, room, link),
    'rooms.joinByLink': async ({ user }, { code }) => showRoom(accountStore, await invitationLinks.join(user, code)),
  };
}
