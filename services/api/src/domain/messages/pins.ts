import type { PinEvent, RoomId, UserId } from '@gapless/shared/schema';
import { isVisible } from '@gapless/shared/schema';
import type { EventStore, Pin } from '../log/event-store.ts';
import type { LoggedEvent } from '../log/log-tail.ts';
import type { MessageRows } from '../log/message-rows.ts';
import { isOf, type UnwrittenEvents } from '../log/unwritten-events.ts';
import type { Door } from '../rooms/door.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import type { CurrentMessages } from './current-messages.ts';
import { fitting, maxAnswerBytes } from './fitting.ts';
import type { ShowMessages, ShownMessage } from './shown-messages.ts';

/** Most pins of a room. */
export const maxPins = 100;

export interface PinPage {
  readonly items: readonly PinnedMessage[];
  /** `before` of the rest, of what does not fit one answer. */
  readonly next?: number;
}

export interface PinnedMessage {
  readonly message: ShownMessage;
  readonly by: UserId;
  readonly at: Date;
}

/** What may be pinned at once: a place is taken before the event is stored, so that rivals never come to more. */
export interface PinPlaces {
  /** Who has one keeps it; `false` when all are taken. */
  take(room: RoomId, seq: number, now: Date): Promise<boolean>;
  /** Those of all but these messages, taken before that time. */
  free(room: RoomId, except: readonly number[], before: Date): Promise<void>;
}

export interface Pins {
  /** Those pinned below that number that the reader may see, the last first. A deleted message is none any more. */
  list(user: UserId, room: RoomId, before: number): Promise<PinPage>;
  /** Numbers of all that are pinned now. */
  pinned(room: RoomId): Promise<readonly number[]>;
}

export interface PinsDeps {
  readonly door: Door;
  readonly events: Pick<EventStore, 'pins'>;
  readonly rows: Pick<MessageRows, 'at' | 'watermark'>;
  readonly unwritten: UnwrittenEvents;
  readonly current: CurrentMessages;
  readonly show: ShowMessages;
}

export function createPins({ door, events, rows, unwritten, current, show }: PinsDeps): Pins {
  async function last(room: RoomId, watermark: number): Promise<readonly Pin[]> {
    const fresh = (await unwritten(room, watermark)).filter(isOf('pin'));
    const written = await events.pins(room, [...new Set(fresh.map(({ event }) => event.m))]);
    return foldPins(written, fresh);
  }

  return {
    async list(user, room, before) {
      const { membership } = await door('messages.pins', user, room);
      const watermark = await rows.watermark(room);
      const visible = visibleTo(membership);
      const pins = (await last(room, watermark)).filter(
        ({ seq, version }) => version < before && isVisible(visible, seq),
      );
      const found = await rows.at(
        room,
        pins.map(({ seq }) => seq),
        watermark,
      );
      const messages = found.filter(({ hidden }) => !hidden).map(({ message }) => message);
      const shown = new Map((await show(user, room, messages, watermark)).map((message) => [message.seq, message]));
      const all = pins.flatMap(({ seq, by, at, version }) => {
        const message = shown.get(seq);
        return message === undefined || message.deleted ? [] : [{ message, by, at, version }];
      });
      const items = fitting(all, maxAnswerBytes);
      const end = items.length < all.length ? items.at(-1)?.version : undefined;
      return { items, ...(end === undefined ? {} : { next: end }) };
    },
    async pinned(room) {
      const pins = (await last(room, await rows.watermark(room))).map(({ seq }) => seq);
      return (await current(room, pins)).flatMap(({ seq, deleted }) => (deleted ? [] : [seq]));
    },
  };
}

/** The pins, the last pinned first: of each message the event with the highest sequence counts, written or not. */
export function foldPins(written: readonly Pin[], fresh: readonly LoggedEvent<PinEvent>[]): Pin[] {
  const last = new Map(written.map((pin) => [pin.seq, pin]));
  for (const { event, seq: version } of fresh) {
    const pin = { seq: event.m, by: event.u, at: new Date(event.at), on: event.on === 1, version };
    if ((last.get(pin.seq)?.version ?? 0) < version) last.set(pin.seq, pin);
  }
  return [...last.values()].filter(({ on }) => on).sort((a, b) => b.version - a.version);
}
