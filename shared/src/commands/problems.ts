import type { FailureKind } from '../errors/index.ts';
import type { Contract } from './contract.ts';
import { type CommandName, doorOf } from './index.ts';
import { permissions, type RoomCommand, type Standing, standings } from './permissions.ts';

type Kinds = Partial<Record<CommandName, readonly FailureKind[]>>;

/** What a command may answer beyond what its contract implies, where nothing else can come of it. */
const settled: Kinds = {
  'auth.signUp': ['email_taken', 'nickname_taken', 'busy'],
  'auth.verifyEmail': ['email_token_invalid', 'nickname_taken'],
  'auth.resendVerification': [],
  'auth.requestReset': [],
  'auth.resetPassword': ['email_token_invalid', 'busy'],
  'auth.logIn': ['invalid_credentials', 'account_disabled', 'email_unverified', 'busy'],
  'auth.refresh': ['refresh_token_invalid', 'token_required', 'account_disabled'],
  'auth.logOut': ['refresh_token_invalid', 'forbidden'],
  'sessions.list': [],
  'sessions.close': ['not_found', 'forbidden'],
  'sessions.closeOthers': [],
  'me.changePassword': ['wrong_password', 'busy'],
  'me.changeEmail': ['wrong_password', 'busy'],
  'me.confirmEmail': ['email_token_invalid'],
  'me.get': [],
  'users.all': ['not_found'],
  'users.look': [],
  'users.create': ['email_taken', 'nickname_taken'],
  'users.token': [],
  'users.sessions': [],
  'users.endSession': [],
  'users.endSessions': [],
  'users.setRole': [],
  'users.attempts': [],
  'users.unlock': [],
  'limits.show': [],
  'users.disable': [],
  'users.enable': [],
  'rooms.all': [],
  'rooms.look': ['room_not_found'],
  'messages.trace': ['not_found', 'log_unavailable'],
  'messages.traceSent': ['not_found', 'log_unavailable'],
  'rooms.lookMembers': ['room_not_found'],
  'rooms.addMember': ['room_not_found', 'banned', 'blocked', 'room_full', 'too_many_rooms'],
  'rooms.removeMember': ['room_not_found'],
  'rooms.setMemberRole': ['room_not_found', 'last_owner'],
  'rooms.banMember': ['room_not_found'],
  'rooms.unbanMember': ['room_not_found'],
  'rooms.freezeAny': ['room_not_found'],
  'rooms.unfreezeAny': ['room_not_found'],
  'rooms.deleteAny': ['room_not_found'],
  'reports.all': ['log_unavailable'],
  'reports.listAny': ['room_not_found'],
  'reports.resolveAny': ['room_not_found'],
  'events.publish': ['room_not_found'],
  'events.tell': [],
  'edges.list': ['busy', 'log_unavailable'],
  'edges.drain': ['log_unavailable'],
  'log.state': ['log_unavailable'],
  'letters.list': ['log_unavailable'],
  'letters.get': ['log_unavailable'],
  'letters.retry': ['log_unavailable'],
  'letters.discard': ['log_unavailable'],
  'notices.send': ['room_not_found'],
  'notices.get': [],
  'notices.list': [],
  'keys.create': [],
  'keys.list': [],
  'keys.get': [],
  'keys.revoke': [],
  'audit.list': [],
  'rooms.create': ['too_many_rooms'],
  'rooms.mine': [],
  'rooms.get': [],
  'rooms.byNumber': [],
  'rooms.join': ['room_full', 'too_many_rooms'],
  'rooms.joinByNumber': ['room_full', 'too_many_rooms', 'archived'],
  'rooms.leave': [],
  'rooms.remove': [],
  'rooms.members': [],
  'rooms.read': ['invalid_cursor'],
  'rooms.markUnread': [],
  'rooms.receipts': [],
  'files.link': [],
  'messages.file': [],
  'messages.search': [],
  'search.messages': [],
  'search.rooms': [],
  'messages.delete': [],
  'messages.react': ['too_many_reactions'],
  'messages.pin': ['too_many_pins'],
  'messages.unpin': [],
  'messages.unreact': [],
};

/** The same, where there may be more. */
const open: Kinds = {
  'me.change': ['nickname_taken', 'too_many_nicknames'],
  'users.block': ['forbidden', 'too_many_blocks'],
  'rooms.direct': ['forbidden', 'blocked', 'too_many_rooms'],
  'rooms.add': ['room_full', 'too_many_rooms', 'blocked'],
  'rooms.invite': ['already_member', 'too_many_invites', 'blocked'],
  'rooms.setRole': ['last_owner'],
  'invitations.create': ['too_many_invites'],
  'rooms.joinByLink': ['banned', 'room_full', 'too_many_rooms', 'archived'],
  'notifications.seen': ['invalid_cursor'],
  'invites.accept': ['banned', 'room_full', 'too_many_rooms', 'archived'],
  'messages.sendImage': [
    'file_unfit',
    'file_too_large',
    'too_many_uploads',
    'frozen',
    'slow_mode',
    'blocked',
    'not_found',
  ],
  'messages.whisper': ['blocked', 'slow_mode', 'too_many_rooms'],
};

/** Whether `problemsOf` names all that the command may answer. */
export const isExhaustive = (name: CommandName): boolean => Object.hasOwn(settled, name);

/** Parameters that name something which may not be there, or not for who asks. */
const things = [
  'file',
  'notice',
  'key',
  'edge',
  'letter',
  'user',
  'users',
  'nicknames',
  'sequence',
  'thread',
  'report',
  'invite',
  'link',
  'code',
];

/**
 * The kinds of failure with which a command may answer, by REST or over a socket; at the admin listener also those of who may
 * not ask there, or asks in the name of nobody.
 */
export function problemsOf(name: CommandName, contract: Contract, door = doorOf(contract)): readonly FailureKind[] {
  const { parameters, path, session, method, tag } = contract;
  const isOfAdmins = door === 'admin';
  const takes = (parameter: string): boolean => Object.hasOwn(parameters.properties, parameter);
  const changes = method !== 'GET';
  const ofRoom = Object.hasOwn(permissions, name);
  const denied = ofRoom ? deniedTo(name as RoomCommand) : [];
  const groups: [boolean, readonly FailureKind[]][] = [
    [true, ['invalid_request', 'rate_limited', 'store_unavailable', 'internal']],
    [session !== 'none', ['token_required', 'account_disabled', 'issuer_unavailable']],
    [changes, ['body_too_large', 'unsupported_media', 'busy', 'fate_unknown']],
    [ofRoom, ['room_not_found']],
    [ofRoom && !changes, ['log_unavailable']],
    [changes && (ofRoom || takes('room')), ['log_unavailable', 'log_full', 'archived']],
    [denied.includes('stranger'), ['not_member']],
    [denied.includes('banned'), ['banned']],
    [denied.includes('muted') && !denied.includes('member'), ['muted']],
    [denied.includes('member') || denied.includes('moderator'), ['forbidden']],
    [changes && ofRoom && tag === 'messages', ['muted', 'frozen', 'slow_mode', 'blocked']],
    [things.some(takes) || path.includes(':nickname'), ['not_found']],
    [changes && ofRoom, ['forbidden']],
    [isOfAdmins, ['forbidden']],
    [isOfAdmins && doorOf(contract) === 'public', ['not_found']],
    [takes('cursor'), ['invalid_cursor']],
    [takes('clientId'), ['id_reused']],
    [takes('ifVersion'), ['stale']],
    [true, settled[name] ?? open[name] ?? []],
  ];
  return [...new Set(groups.flatMap(([holds, kinds]) => (holds ? kinds : [])))];
}

function deniedTo(name: RoomCommand): Standing[] {
  const permitted: readonly Standing[] = permissions[name];
  return standings.filter((standing) => !permitted.includes(standing));
}
