import { type Bus, decodeEvent, encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { ClientId, MessageBody, MessageEvent, RoomId, UserId } from '@gapless/shared/schema';

export interface NewMessage {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  readonly thread: number | undefined;
}

export interface StoredMessage {
  readonly seq: number;
  readonly at: number;
  /** It had been stored before. */
  readonly duplicate: boolean;
}

export interface MessageLog {
  /** Stores the message once, however often it is asked to; `id_reused` when the client id was another message's. */
  store(message: NewMessage): Promise<StoredMessage>;
}

/** A store that is set back more often than this while one message is stored is not one to write to. */
const maxAttempts = 3;

export function createMessageLog(deps: { bus: Pick<Bus, 'log' | 'commands'>; clock: Clock }): MessageLog {
  const { bus, clock } = deps;

  /** A duplicate names a number; what stands there may have been trimmed, or lost with a store that was set back. */
  const first = async (message: NewMessage, seq: number): Promise<StoredMessage | undefined> => {
    const logged = await bus.log.read(message.room, seq);
    const event = logged === undefined ? undefined : (decodeEvent(logged.bytes) as MessageEvent);
    if (event !== undefined && isOf(message, event)) return known(message, event, seq);
    const { room: r, user: u, clientId: c } = message;
    const found = (await bus.commands.call('messages.find', { r, u, k: 'msg', c })) as Found | null;
    return found === null ? undefined : known(message, { ...JSON.parse(found.raw), at: found.at }, found.s);
  };

  return {
    store: async (message) => {
      const { room, user, clientId } = message;
      const at = clock.now();
      const bytes = encodeEvent(messageEvent({ ...message, at }));
      const lane = `${room}:${user}`;
      const baseId = eventId(room, user, 'msg', clientId);
      let id = baseId;
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const { seq, duplicate } = await bus.log.append({ room, id, lane, bytes });
        if (!duplicate) return { seq, at, duplicate };
        const stored = await first(message, seq);
        if (stored !== undefined) return stored;
        id = `${baseId}~${seq}`;
      }
      throw new Failure('log_unavailable');
    },
  };
}

/** What `messages.find` answers. */
interface Found {
  readonly s: number;
  readonly at: number;
  readonly raw: string;
}

const isOf = ({ user, clientId }: NewMessage, event: MessageEvent): boolean =>
  event.t === 'msg' && event.u === user && event.c === clientId;

function known({ body, thread }: NewMessage, { b, re, at }: MessageEvent, seq: number): StoredMessage {
  if (b.text !== body.text || re !== thread) throw new Failure('id_reused');
  return { seq, at, duplicate: true };
}
