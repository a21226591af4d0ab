import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { isVisible, noEnd, type RoomId, type UserId } from '@gapless/shared/schema';
import type { Message, MessagePage, MessageRow, Range } from '../log/event-store.ts';
import type { MessageRows } from '../log/message-rows.ts';
import type { Door } from '../rooms/door.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { fitting, maxAnswerBytes } from './fitting.ts';
import type { ShowMessages, ShownMessage } from './shown-messages.ts';

export interface HistoryRequest {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  /** As many on both sides of that number, whatever stands there; counts before the other two. */
  readonly around?: number | undefined;
  /** Sequence of the message that begins it: only its answers. */
  readonly thread?: number | undefined;
  /** An event of the room that who asks knows of. */
  readonly head?: number | undefined;
  readonly limit: number;
}

export interface HistoryPage {
  /** Newest first; fewer than asked for when they are large. */
  readonly items: readonly ShownMessage[];
  /** Where the next page starts, as `before` (or as `after`, when only that was given); absent at the end. */
  readonly next?: number;
  /** With `around`, where the page behind it starts, as `after`; absent at the end. */
  readonly newer?: number;
}

export interface History {
  /**
   * Every message of the room once, whether the log worker has written it or not. A page of which all is written needs no
   * log; the newest page does, and rejects with `log_unavailable` rather than leave anything out.
   */
  page(user: UserId, room: RoomId, request: HistoryRequest): Promise<HistoryPage>;
  /** One message, deleted or not, for who may ask for that; `not_found` for what is none, or not for this user to see. */
  get(user: UserId, room: RoomId, seq: number, command?: RoomCommand): Promise<ShownMessage>;
  /** A thread by any of its messages: what begins it, and a page of its answers. */
  thread(
    user: UserId,
    room: RoomId,
    seq: number,
    request: HistoryRequest,
  ): Promise<HistoryPage & { root: ShownMessage }>;
}

export interface HistoryDeps {
  readonly door: Door;
  readonly rows: MessageRows;
  readonly show: ShowMessages;
}

/** Rows of one more than are shown, and where the rest begins. */
interface Part {
  readonly rows: readonly MessageRow[];
  readonly more: number | undefined;
}

export function createHistory({ door, rows, show }: HistoryDeps): History {
  interface Reading {
    readonly user: UserId;
    readonly room: RoomId;
    readonly visible: readonly Range[];
    readonly watermark: number;
  }

  async function begin(command: RoomCommand, user: UserId, room: RoomId) {
    const [{ membership }, watermark] = await Promise.all([door(command, user, room), rows.watermark(room)]);
    return { user, room, visible: visibleTo(membership), watermark };
  }

  async function part({ room, visible, watermark }: Reading, bounds: HistoryRequest, page: MessagePage): Promise<Part> {
    const asked = { ...page, limit: page.limit + 1, head: bounds.head };
    const found = await rows.read(room, clip(bounds, visible), asked, watermark);
    const kept = found.slice(0, page.limit);
    return { rows: kept, more: found.length > page.limit ? (kept.at(-1)?.seq ?? bounds.before) : undefined };
  }

  const shown = ({ user, room, watermark }: Reading, found: readonly MessageRow[]) =>
    show(user, room, visibleMessages(found), watermark);

  async function page(reading: Reading, request: HistoryRequest): Promise<HistoryPage> {
    const { around, limit, thread } = request;
    if (around !== undefined) return pageAround(reading, { ...request, around });
    // Only `after`: the page next to the cursor, so that a client can read on from what it has.
    const isForward = request.before === undefined && request.after !== undefined;
    const found = await part(reading, request, { direction: isForward ? 'oldest' : 'newest', limit, thread });
    const { items, more } = cut(await shown(reading, found.rows), found.more, maxAnswerBytes);
    return { items: isForward ? items.toReversed() : items, ...(more === undefined ? {} : { next: more }) };
  }

  async function pageAround(reading: Reading, of: HistoryRequest & { readonly around: number }) {
    const { around, limit, thread, head } = of;
    const half = Math.floor(limit / 2);
    const older = { direction: 'newest', limit: half, thread } as const;
    const newer = { direction: 'oldest', limit: limit - half, thread } as const;
    const [below, above] = [
      await part(reading, { before: around, limit }, older),
      await part(reading, { after: around - 1, limit, head }, newer),
    ];
    const items = await shown(reading, [...above.rows, ...below.rows]);
    const behind = items.findIndex(({ seq }) => seq < around);
    const end = behind < 0 ? items.length : behind;
    const newest = cut(items.slice(0, end), above.more, maxAnswerBytes / 2);
    const oldest = cut(items.slice(end), below.more, maxAnswerBytes / 2);
    return {
      items: [...newest.items.toReversed(), ...oldest.items],
      ...(oldest.more === undefined ? {} : { next: oldest.more }),
      ...(newest.more === undefined ? {} : { newer: newest.more }),
    };
  }

  async function one(reading: Reading, seq: number): Promise<ShownMessage> {
    const found = isVisible(reading.visible, seq) ? await rows.at(reading.room, [seq], reading.watermark) : [];
    const [message] = await shown(reading, found);
    if (message === undefined) throw new Failure('not_found', { detail: 'No such message' });
    return message;
  }

  return {
    page: async (user, room, request) => page(await begin('messages.list', user, room), request),
    get: async (user, room, seq, command = 'messages.get') => one(await begin(command, user, room), seq),
    async thread(user, room, seq, request) {
      const reading = await begin('messages.thread', user, room);
      const named = await one(reading, seq);
      const root = named.thread === undefined ? named : await one(reading, named.thread);
      return { root, ...(await page(reading, { ...request, thread: root.seq })) };
    },
  };
}

/** Of messages away from a bound those that fit an answer, and where the rest begins. */
function cut(messages: readonly ShownMessage[], more: number | undefined, maxBytes: number) {
  const items = fitting(messages, maxBytes);
  return { items, more: items.length < messages.length ? items.at(-1)?.seq : more };
}

const visibleMessages = (rows: readonly MessageRow[]): Message[] =>
  rows.filter((row) => !row.hidden).map((row) => row.message);

const clip = ({ before = noEnd, after = 0 }: HistoryRequest, visible: readonly Range[]): Range[] =>
  visible
    .map((range) => ({ after: Math.max(after, range.after), before: Math.min(before, range.before) }))
    .filter((range) => range.before > range.after + 1);
