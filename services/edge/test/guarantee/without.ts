import { randomUUID } from 'node:crypto';
import type { Bus, Heads, LiveRooms, LoggedEvent, RoomLog } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';

/** What an edge relies on, switched off one at a time at the bus: a checker that does not notice checks nothing. */
export const withouts: Readonly<Record<string, (bus: Bus) => Bus>> = {
  'gap filling': withoutGaps,
  heads: withoutQuietRooms,
  dedupe: withoutIds,
  masking: withoutDeletions,
};

/** Each live event names the one that happens to have come before it: no hole ever shows. */
function withoutGaps(bus: Bus): Bus {
  const follow: LiveRooms['follow'] = (room, listener) => {
    let last = 0;
    const event: typeof listener.event = (seq, prev, bytes) => {
      listener.event(seq, last === 0 ? prev : last, bytes);
      last = seq;
    };
    return bus.live.follow(room, { event, signal: (bytes) => listener.signal(bytes) });
  };
  return { ...bus, live: { ...bus.live, follow } };
}

/** Heads still tell that the stream is well, but not where its rooms ended. */
function withoutQuietRooms(bus: Bus): Bus {
  const subscribe = (listener: (heads: Heads) => void) => bus.heads.subscribe((heads) => listener({ ...heads, w: [] }));
  return { ...bus, heads: { ...bus.heads, subscribe } };
}

/** The log is told another id each time. */
function withoutIds(bus: Bus): Bus {
  const append: RoomLog['append'] = (event) => bus.log.append({ ...event, id: `${event.id}:${randomUUID()}` });
  return { ...bus, log: { ...bus.log, append } };
}

/** Deletions are spelt in a way that clients read as ever and that an edge does not recognise when it reads the log. */
function withoutDeletions(bus: Bus): Bus {
  const respelt = (event: LoggedEvent): LoggedEvent => {
    const text = Buffer.from(event.bytes).toString().replace('"t":"del"', '"t":"\\u0064el"');
    return { ...event, bytes: Buffer.from(text) };
  };
  const readRoom: RoomLog['readRoom'] = async (room: RoomId, ...rest) =>
    (await bus.log.readRoom(room, ...rest)).map(respelt);
  return { ...bus, log: { ...bus.log, readRoom } };
}
