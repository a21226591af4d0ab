import {
  bareId,
  inboxOf,
  isId,
  isInbox,
  type Revocation,
  type RoomId,
  type SessionId,
  type UserId,
} from '../schema/index.ts';

/** Room and user ids are spread over this many buckets, for ever. */
export const bucketCount = 256;

/** FNV-1a 32 of the id's UTF-8 bytes, lowest byte. Frozen: a changed hash would orphan every room. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash & 0xff;
}

export const bucketToken = (bucket: number): string => String(bucket).padStart(3, '0');

/** Ids become subject tokens: anything but an id would be a wildcard or another subject. */
function token(id: RoomId | UserId): string {
  if (!isId(id)) throw new TypeError('not an id');
  return `${bucketToken(bucketOf(id))}.${id}`;
}

function idOf(id: SessionId | UserId): string {
  if (!isId(id)) throw new TypeError('not an id');
  return id;
}

export const subjects = {
  /** Of inboxes too: they are rooms to the log, under a word of their own. */
  room: (room: RoomId) => (isInbox(room) ? `user.${token(bareId(room))}` : `room.${token(room)}`),
  live: (room: RoomId) => `live.room.${token(room)}.*`,
  allInboxEvents: 'live.user.*.*.log',
  liveSignal: (room: RoomId) => `live.room.${token(room)}.sig`,
  userSignal: (user: UserId) => `live.user.${token(user)}.sig`,
  allUserSignals: 'live.user.*.*.sig',
  /** Receipts of the rooms of one bucket. */
  receipts: (bucket: number) => `rcpt.${bucketToken(bucket)}`,
  allReceipts: 'rcpt.*',
  heads: (stream: string) => `heads.${stream}`,
  allHeads: 'heads.*',
  drain: 'ctl.drain',
  trace: 'ctl.trace',
  drainOrder: 'ctl.order',
  presence: 'pres.edges',
  askPresence: 'pres.ask',
  notes: 'notes.written',
  command: (name: string) => `svc.${name}`,
  revocation: (revocation: Revocation) =>
    revocation.kind === 'session' ? `revoke.sid.${idOf(revocation.session)}` : `revoke.user.${idOf(revocation.user)}`,
  allRevocations: 'revoke.*.*',
} as const;

/** Whether what came on a subject of `live(room)` is the room's event; anything else is a signal. */
export const isLiveEvent = (subject: string): boolean => subject.endsWith('.log');

/** The user of `live.user.<bucket>.<user>.sig`. */
export const userOf = (subject: string): UserId => subject.split('.')[3] as UserId;

/** The room of `room.<bucket>.<room>`, the inbox of `user.<bucket>.<user>`, or of their live counterparts. */
export function roomOf(subject: string): RoomId {
  const tokens = subject.split('.');
  if (tokens[0] === 'live') tokens.shift();
  const id = tokens[2] as RoomId & UserId;
  return tokens[0] === 'user' ? inboxOf(id) : id;
}
