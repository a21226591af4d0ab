import { type LoggedEvent as BusEvent, type RoomLog, readableEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { RoomId } from '@gapless/shared/schema';
import type { Message, MessagePage, Range } from './domain/log/event-store.ts';
import type { LoggedEvent, LogTail } from './domain/log/log-tail.ts';
import { isMessage, messageOf } from './domain/messages/message-of.ts';
import { readTogether } from './read-together.ts';

const eventsAPage = 256;
const firstSpan = 512;
/** Each step back looks this much further than the one before: few steps, and at most that much read in vain. */
const widening = 4;

const decoder = new TextDecoder();

/** The message, where it is one of those that are asked for. */
function wanted(logged: LoggedEvent, { thread }: MessagePage): Message[] {
  if (!isMessage(logged) || (thread !== undefined && logged.event.re !== thread)) return [];
  return [messageOf(logged)];
}

export function createBusLogTail(log: () => Pick<RoomLog, 'heads' | 'read' | 'readRoom'>): LogTail {
  async function* walk(room: RoomId, { after, before }: Range): AsyncGenerator<LoggedEvent> {
    for (let from = after + 1; from < before; ) {
      const page = await log().readRoom(room, from, eventsAPage);
      for (const logged of page) {
        if (logged.seq >= before) return;
        const event = legible(logged);
        if (event !== undefined) yield event;
      }
      const last = page.at(-1);
      // The range ends at a head that the log has named: whoever answers less is behind.
      if (last === undefined) throw new Failure('log_unavailable', { detail: 'The log has not answered to its end' });
      from = last.seq + 1;
    }
  }

  async function oldest(room: RoomId, range: Range, page: MessagePage): Promise<Message[]> {
    const found: Message[] = [];
    for await (const logged of walk(room, range)) {
      found.push(...wanted(logged, page));
      if (found.length === page.limit) break;
    }
    return found;
  }

  /** The log reads forward only: spans are taken from the end backward, each read forward. */
  async function newest(room: RoomId, { after, before }: Range, page: MessagePage): Promise<Message[]> {
    const { limit } = page;
    const found: Message[] = [];
    let end = before;
    for (let span = firstSpan; end > after + 1 && found.length < limit; span *= widening) {
      const start = Math.max(after, end - 1 - span);
      const part: Message[] = [];
      for await (const logged of walk(room, { after: start, before: end })) {
        part.push(...wanted(logged, page));
      }
      found.push(...part.reverse());
      end = start + 1;
    }
    return found.slice(0, limit);
  }

  const head = readTogether((rooms: readonly RoomId[]) => log().heads(rooms));

  return {
    head: async (room, known = 0) => Math.max((await head(room)) ?? 0, known),
    walk,
    async read(room, seq) {
      const logged = await log().read(room, seq);
      return logged === undefined ? undefined : legible(logged);
    },
    messages: (room, range, page) => (page.direction === 'newest' ? newest : oldest)(room, range, page),
  };
}

/** `undefined` for what no reader can make sense of: the log worker sets that aside as well. */
function legible({ bytes, seq }: BusEvent): LoggedEvent | undefined {
  const event = readableEvent(bytes);
  return event === undefined ? undefined : { event, raw: decoder.decode(bytes), seq };
}
