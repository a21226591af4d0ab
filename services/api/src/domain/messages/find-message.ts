import type { ClientId, RoomEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { EventStore, StoredMessage } from '../log/event-store.ts';
import type { LogTail } from '../log/log-tail.ts';

/** The first one's event, dated as it was. */
export const asLogged = (found: StoredMessage | undefined) =>
  found === undefined ? undefined : { seq: found.seq, event: JSON.parse(found.raw) as RoomEvent };

export interface MessageKey {
  readonly room: RoomId;
  readonly user: UserId;
  readonly kind: string;
  readonly clientId: ClientId;
}

/** What was stored under a client id, however long ago; `undefined` says that nothing was, written or not. */
export type FindMessage = (key: MessageKey) => Promise<StoredMessage | undefined>;

export function createFindMessage(deps: {
  events: Pick<EventStore, 'find' | 'watermark'>;
  tail: Pick<LogTail, 'head' | 'walk'>;
  streamOf(room: RoomId): string;
}): FindMessage {
  const { events, tail, streamOf } = deps;

  async function unwritten({ room, user, kind, clientId }: MessageKey): Promise<StoredMessage | undefined> {
    const after = await events.watermark(streamOf(room));
    const before = (await tail.head(room)) + 1;
    for await (const { event, raw, seq } of tail.walk(room, { after, before })) {
      const isIt = event.u === user && event.t === kind && 'c' in event && event.c === clientId;
      if (isIt) return { seq, at: new Date(event.at), raw };
    }
    return undefined;
  }

  return async (key) => {
    const written = () => events.find(key.room, key.user, key.kind, key.clientId);
    // Asked again at the end: what was not written at first may have been before the watermark was read.
    return (await written()) ?? (await unwritten(key)) ?? (await written());
  };
}
