import type { LoggedEvent } from '@gapless/shared/bus';
import { type ClientId, newId, type OpId, type RoomId, type UserId } from '@gapless/shared/schema';

const encoder = new TextEncoder();
export const room = newId<RoomId>();
export const user = newId<UserId>();

export const logged = (seq: number, content: unknown, over: Partial<LoggedEvent> = {}): LoggedEvent => ({
  room,
  seq,
  bytes: encoder.encode(typeof content === 'string' ? content : JSON.stringify(content)),
  id: `id-${seq}`,
  op: undefined,
  ...over,
});

export const clientId = (n: number): ClientId => `client-id-${String(n).padStart(10, '0')}` as ClientId;

export const message = (n: number, text = `text ${n}`, r = room) => ({
  v: 1,
  t: 'msg',
  r,
  u: user,
  at: 1_700_000_000_000 + n,
  c: clientId(n),
  b: { text },
});

export const join = (op: OpId, seq: number): LoggedEvent =>
  logged(seq, { v: 1, t: 'mem', r: room, u: user, at: 1_700_000_000_000, op: 'join', us: [user], ver: 1 }, { op });
