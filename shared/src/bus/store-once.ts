import { Failure } from '../errors/index.ts';
import {
  type ClientEvent,
  type ClientId,
  isSameBody,
  type MessageEvent,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '../schema/index.ts';
import type { RoomLog } from './bus.ts';
import { decodeEvent, encodeEvent, eventId } from './event.ts';

/** What a member asked for once, however often the frame came. */
export interface EventKey {
  readonly room: RoomId;
  readonly user: UserId;
  readonly kind: ClientEvent['t'];
  readonly clientId: ClientId;
}

export interface StoredEvent {
  readonly seq: number;
  readonly event: RoomEvent;
}

/** What was stored under a key, however long ago; `undefined` must be true: nothing was, written or not. */
export type FindStored = (key: EventKey) => Promise<StoredEvent | undefined>;

export interface StoredOnce {
  readonly seq: number;
  /** The first one's, as its sequence. */
  readonly at: number;
  /** It had been stored before. */
  readonly duplicate: boolean;
}

/** A store that is set back more often than this while one event is stored is not one to write to. */
const maxAttempts = 3;

export const keyOf = ({ r: room, u: user, t: kind, c: clientId }: ClientEvent): EventKey => ({
  room,
  user,
  kind,
  clientId,
});

/**
 * Appends an event that its key's log does not hold yet: within the duplicate window the log itself knows the id. Rejects with
 * `id_reused` when the client id was used for something else, else as `RoomLog.append` does.
 */
export async function storeOnce(
  { log, find }: { log: Pick<RoomLog, 'append' | 'read'>; find: FindStored },
  event: ClientEvent,
): Promise<StoredOnce> {
  const { r: room, u: user, t: kind, c: clientId } = event;
  const bytes = encodeEvent(event);
  const baseId = eventId(room, user, kind, clientId);
  let id = baseId;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { seq, duplicate } = await log.append({ room, id, lane: `${room}:${user}`, bytes });
    if (!duplicate) return { seq, at: event.at, duplicate };
    const first = (await logged(log, event, seq)) ?? (await find(keyOf(event)));
    if (first !== undefined) return asStored(first, event);
    // The log remembers the id, but a store that was set back lost the event before it became durable.
    id = `${baseId}~${seq}`;
  }
  throw new Failure('log_unavailable');
}

/** The answer to whoever repeats what is stored; `id_reused` when it is something else that he asks for. */
export function asStored({ seq, event: first }: StoredEvent, event: ClientEvent): StoredOnce {
  if (!isSame(first, event)) throw new Failure('id_reused');
  return { seq, at: first.at, duplicate: true };
}

/** A duplicate names a number; what stands there may have been trimmed, or lost with a store that was set back. */
async function logged(log: Pick<RoomLog, 'read'>, event: ClientEvent, seq: number): Promise<StoredEvent | undefined> {
  const found = await log.read(event.r, seq);
  const stored = found === undefined ? undefined : decodeEvent(found.bytes);
  const isIt = stored?.t === event.t && stored.u === event.u && stored.c === event.c;
  return isIt ? { seq, event: stored } : undefined;
}

/**
 * What was masked since cannot be compared: its client id speaks for it. Of an edit the text does: what it did not name was
 * taken from the message as it was then.
 */
function isSame(a: RoomEvent, b: ClientEvent): boolean {
  if (a.t === 'msg' && b.t === 'msg') return isSamePlace(a, b) && (a.del === 1 || isSameBody(a.b, b.b));
  if (a.t === 'edit' && b.t === 'edit') return a.m === b.m && (a.del === 1 || a.b.text === b.b.text);
  if (a.t === 'react' && b.t === 'react') return a.m === b.m && a.e === b.e && a.on === b.on;
  if (a.t === 'app' && b.t === 'app') return a.n === b.n && isSameData(a.d, b.d);
  if (a.t === 'pin' && b.t === 'pin') return a.m === b.m && a.on === b.on;
  return a.t === 'del' && b.t === 'del' && a.m === b.m;
}

/** What was asked for is repeated as it was: its keys have their order. */
const isSameData = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const isSamePlace = (a: MessageEvent, b: MessageEvent): boolean => a.re === b.re && a.also === b.also && a.in === b.in;
