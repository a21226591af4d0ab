import type { FailureKind } from '../errors/index.ts';
import type { Contract } from './contract.ts';
import type { CommandName } from './index.ts';
import { permissions, type RoomCommand, type Standing, standings } from './permissions.ts';

/** What a command may answer beyond what its contract implies. Who is named here answers nothing else. */
export const special: Partial<Record<CommandName, readonly FailureKind[]>> = {
  'auth.logIn': ['invalid_credentials', 'account_disabled', 'busy'],
  'auth.refresh': ['refresh_token_invalid', 'token_required', 'account_disabled'],
  'auth.logOut': ['refresh_token_invalid', 'forbidden'],
  'sessions.close': ['forbidden'],
  'me.get': [],
  'users.disable': ['not_found', 'forbidden'],
  'users.enable': ['not_found', 'forbidden'],
  'rooms.create': ['too_many_rooms'],
  'rooms.mine': [],
  'rooms.get': [],
  'rooms.byNumber': [],
  'rooms.join': ['room_full', 'too_many_rooms', 'blocked'],
  'rooms.joinByNumber': ['room_full', 'too_many_rooms', 'blocked', 'archived'],
  'rooms.leave': [],
  'rooms.remove': [],
  'rooms.members': [],
  'rooms.read': ['invalid_cursor'],
  'rooms.receipts': [],
  'messages.delete': [],
  'messages.react': ['too_many_reactions'],
  'messages.pin': ['too_many_pins'],
  'messages.unpin': [],
  'messages.whisper': ['too_many_rooms'],
  'messages.unreact': [],
};

/** Whether `problemsOf` names all that the command may answer. */
export const isExhaustive = (name: CommandName): boolean => Object.hasOwn(special, name);

/** Parameters that name something which may not be there, or not for who asks. */
const things = ['user', 'users', 'nickname', 'nicknames', 'sequence', 'thread', 'report', 'invite', 'link', 'code'];

/** The kinds of failure with which a command may answer, by REST or over a socket. */
export function problemsOf(name: CommandName, contract: Contract): readonly FailureKind[] {
  const { parameters, session, method, tag } = contract;
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
    [things.some(takes), ['not_found']],
    [changes && ofRoom, ['forbidden']],
    [takes('cursor'), ['invalid_cursor']],
    [takes('clientId'), ['id_reused']],
    [takes('ifVersion'), ['stale']],
    [true, special[name] ?? []],
  ];
  return [...new Set(groups.flatMap(([holds, kinds]) => (holds ? kinds : [])))];
}

function deniedTo(name: RoomCommand): Standing[] {
  const permitted: readonly Standing[] = permissions[name];
  return standings.filter((standing) => !permitted.includes(standing));
}
