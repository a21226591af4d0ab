import type { CommandName } from './index.ts';

/**
 * What a user is to a room when he asks for something. `stranger`: no member of a public group; of any other room a stranger
 * is not even told that there is one. `muted`: a member who may not write now. An account's role gives no right in rooms.
 */
export const standings = ['stranger', 'banned', 'muted', 'member', 'moderator', 'owner'] as const;
export type Standing = (typeof standings)[number];

const members = ['muted', 'member', 'moderator', 'owner'] as const;
const keepers = ['moderator', 'owner'] as const;
const everybody = ['stranger', 'banned', ...members] as const;

/** Who may ask for what of a room: handlers decide by it, tests walk it, the documents show it. */
export const permissions = {
  'rooms.get': ['stranger', ...members],
  'rooms.byNumber': ['stranger', ...members],
  'rooms.change': keepers,
  'rooms.freeze': keepers,
  'rooms.unfreeze': keepers,
  'rooms.slow': keepers,
  'rooms.archive': ['owner'],
  'rooms.unarchive': ['owner'],
  'rooms.delete': ['owner'],
  'rooms.join': ['stranger', ...members],
  'rooms.joinByNumber': ['stranger', ...members],
  'rooms.leave': everybody,
  'rooms.add': keepers,
  'rooms.remove': keepers,
  'rooms.ban': keepers,
  'rooms.unban': keepers,
  'rooms.bans': keepers,
  'rooms.mute': keepers,
  'rooms.unmute': keepers,
  'rooms.setRole': ['owner'],
  'rooms.handOver': ['owner'],
  'rooms.invite': ['member', 'moderator', 'owner'],
  'invites.ofRoom': members,
  'invites.withdraw': members,
  'invitations.create': keepers,
  'invitations.list': keepers,
  'invitations.revoke': keepers,
  'rooms.members': members,
  'rooms.read': members,
  'rooms.markUnread': members,
  'rooms.receipts': members,
  'rooms.notifications': members,
  'rooms.setNotifications': members,
  'messages.list': members,
  'messages.get': members,
  'messages.thread': members,
  'messages.search': members,
  'messages.edits': members,
  'messages.reactions': members,
  'messages.readers': members,
  'messages.pins': members,
  'threads.list': members,
  'messages.send': ['member', 'moderator', 'owner'],
  'messages.file': members,
  'messages.sendImage': ['member', 'moderator', 'owner'],
  'messages.whisper': ['member', 'moderator', 'owner'],
  'messages.forward': members,
  /** In direct rooms both may. */
  'messages.pin': ['moderator', 'owner'],
  'messages.unpin': ['moderator', 'owner'],
  'messages.edit': ['member', 'moderator', 'owner'],
  'messages.delete': members,
  'messages.react': ['member', 'moderator', 'owner'],
  'messages.unreact': members,
  'messages.report': members,
  'reports.list': ['moderator', 'owner'],
  'reports.resolve': ['moderator', 'owner'],
} as const satisfies Partial<Record<CommandName, readonly Standing[]>>;

export type RoomCommand = keyof typeof permissions;

export const isPermitted = (command: RoomCommand, standing: Standing): boolean =>
  (permissions[command] as readonly Standing[]).includes(standing);
