import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type Concern,
  type InboxEvent,
  isVisible,
  notifies,
  type RoomId,
  type UserId,
  unsetNotify,
} from '@gapless/shared/schema';
import type { Message } from '../log/event-store.ts';
import type { CurrentMessages } from '../messages/current-messages.ts';
import type { MentionStore } from '../messages/mention-store.ts';
import type { Blocks } from '../people/blocks.ts';
import type { Membership, Room, RoomStore } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import type { Inbox, InboxItem } from './inbox.ts';
import type { RecordRead } from './mark-read.ts';
import { type Marks, markKey } from './marks.ts';

type Told = Extract<InboxEvent, { t: 'mention' | 'reply' | 'invite' | 'notice' }>;
type OfMessage = Extract<Told, { m: number }>;

export interface Notification {
  readonly seq: number;
  readonly event: Told;
  readonly isSeen: boolean;
  readonly room?: Room;
  readonly message?: Message;
}

export interface NotificationPage {
  readonly items: readonly Notification[];
  /** `before` of the next page. */
  readonly next?: number;
}

/** What of a user's inbox notified him, and how far he has seen it. */
export interface Notifications {
  /** As far as it concerns him still, the newest first. */
  page(user: UserId, asked: { before?: number | undefined; limit: number }): Promise<NotificationPage>;
  /** On all of his devices; it only rises. Rejects with `invalid_cursor` beyond the end of his inbox. */
  see(user: UserId, seq: number): Promise<void>;
}

export interface NotificationsDeps {
  readonly inbox: Inbox;
  readonly rooms: Pick<RoomStore, 'membership' | 'withIds'>;
  readonly blocks: Pick<Blocks, 'ofMany'>;
  readonly current: CurrentMessages;
  readonly mentions: Pick<MentionStore, 'texts'>;
  readonly marks: Marks;
  readonly record: RecordRead;
  readonly clock: Clock;
}

/** Rooms of a page whose messages are read at the same time. */
const roomsAtOnce = 4;
/** A page of which nothing can be shown is followed by the next one, so often at most. */
const maxRounds = 5;

export function createNotifications(deps: NotificationsDeps): Notifications {
  const { inbox, rooms, blocks, current, mentions, marks, record, clock } = deps;

  /** An inbox is a room of one, and what he has seen of it a mark like others. */
  const markOf = (user: UserId) => ({ room: user as string as RoomId, user });

  async function membershipsOf(user: UserId, ids: readonly RoomId[]): Promise<ReadonlyMap<RoomId, Membership>> {
    const found = await Promise.all(ids.map((id) => rooms.membership(id, user)));
    return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.room, one] as const])));
  }

  async function messagesOf(events: readonly OfMessage[]): Promise<ReadonlyMap<string, Message>> {
    const asked = new Map<RoomId, number[]>();
    for (const { in: room, m } of events) asked.set(room, [...(asked.get(room) ?? []), m]);
    const found = new Map<string, Message>();
    const rest = [...asked];
    const readSome = async (): Promise<void> => {
      for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
        const [room, seqs] = next;
        for (const message of await current(room, seqs)) found.set(`${room}:${message.seq}`, message);
      }
    };
    await Promise.all(Array.from({ length: roomsAtOnce }, readSome));
    return found;
  }

  /** Of messages that named him those that do not any more, for they were edited. */
  async function unnaming(user: UserId, events: readonly OfMessage[]): Promise<ReadonlySet<string>> {
    const named = events.flatMap(({ t, in: room, m: seq }) => (t === 'mention' ? [{ room, seq }] : []));
    if (named.length === 0) return new Set();
    const texts = await mentions.texts(user, named);
    return new Set(texts.flatMap(({ names, room, seq }) => (names ? [] : [`${room}:${seq}`])));
  }

  async function shown(user: UserId, items: readonly InboxItem[], seen: number): Promise<Notification[]> {
    const told = items.flatMap(({ seq, event }) => (isTold(event) ? [{ seq, event }] : []));
    if (told.length === 0) return [];
    const ids = [...new Set(told.flatMap(({ event }) => ('in' in event ? [event.in] : [])))];
    const [memberships, found, blocked] = await Promise.all([
      membershipsOf(user, ids),
      rooms.withIds(ids),
      blocks.ofMany(user, [...new Set(told.map(({ event }) => event.u))]),
    ]);
    const byId = new Map(found.map((room) => [room.id, room]));
    const mayRead = ({ in: room, m }: OfMessage): boolean => {
      const membership = memberships.get(room);
      return membership !== undefined && isVisible(visibleTo(membership), m);
    };
    const readable = told.flatMap(({ event }) => (isOfMessage(event) && mayRead(event) ? [event] : []));
    const [messages, unnamed] = await Promise.all([messagesOf(readable), unnaming(user, readable)]);
    return told.flatMap(({ seq, event }) => {
      const room = 'in' in event ? byId.get(event.in) : undefined;
      const message = isOfMessage(event) ? messages.get(`${event.in}:${event.m}`) : undefined;
      const isGone =
        isOfMessage(event) &&
        (message === undefined || message.deleted || (event.t === 'mention' && unnamed.has(`${event.in}:${event.m}`)));
      // Who came in, or of whose room nothing is left, has nothing to answer.
      if (isGone || (event.t === 'invite' && (room === undefined || memberships.has(event.in)))) return [];
      const why = notifies({
        concern: concernOf(event),
        // What was told under the settings of its time stays told.
        user: unsetNotify,
        ...(room === undefined ? {} : { room: { kind: room.kind, isLarge: false } }),
        isOwn: event.u === user,
        isBlocked: blocked.has(event.u),
        isRead: false,
        nowMs: clock.now(),
      });
      if (why === 'none') return [];
      const about = { ...(room === undefined ? {} : { room }), ...(message === undefined ? {} : { message }) };
      return [{ seq, event, isSeen: seq <= seen, ...about }];
    });
  }

  return {
    async page(user, { before, limit }) {
      const mark = markOf(user);
      const seen = (await marks.of([mark])).get(markKey(mark))?.read ?? 0;
      let from = before;
      for (let round = 1; ; round++) {
        const { items, next } = await inbox.page(user, { before: from, limit });
        const found = await shown(user, items, seen);
        if (found.length > 0 || next === undefined || round === maxRounds) {
          return next === undefined ? { items: found } : { items: found, next };
        }
        from = next;
      }
    },
    async see(user, seq) {
      const [newest] = (await inbox.page(user, { limit: 1 })).items;
      if (newest === undefined || seq > newest.seq) {
        throw new Failure('invalid_cursor', { detail: 'The inbox has not come that far' });
      }
      await record({ ...markOf(user), seq, readAt: clock.now() }, false);
    },
  };
}

const isTold = (event: InboxEvent): event is Told =>
  event.t === 'mention' || event.t === 'reply' || event.t === 'invite' || event.t === 'notice';

const isOfMessage = (event: Told): event is OfMessage => event.t === 'mention' || event.t === 'reply';

/** Of what an inbox holds. */
type ToldConcern = Extract<Concern, 'mention' | 'all' | 'reply' | 'quote' | 'invite' | 'notice'>;

export function concernOf(event: Told): ToldConcern {
  if (event.t === 'mention') return event.all === 1 ? 'all' : 'mention';
  if (event.t === 'reply') return event.q === undefined ? 'reply' : 'quote';
  return event.t;
}
