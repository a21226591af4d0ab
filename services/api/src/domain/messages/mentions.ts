import { Failure } from '@gapless/shared/errors';
import { isId, isVisible, type RoomId, type UserId } from '@gapless/shared/schema';
import { type Page, pageOf, toCursor } from '../cursor.ts';
import type { EventStore } from '../log/event-store.ts';
import { isLoggedChange, type LogTail } from '../log/log-tail.ts';
import { countedAfter, type Marks, markKey } from '../reading/marks.ts';
import type { RoomStore } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { fitting, maxAnswerBytes } from './fitting.ts';
import type { MentionCounts } from './mention-counts.ts';
import type { Mention, MentionStore, NamingText, Place } from './mention-store.ts';

export type ShownMention = Mention & Pick<NamingText, 'text' | 'thread'>;

export interface RoomMentions {
  readonly room: RoomId;
  readonly count: number;
}

export interface Mentions {
  /** Messages that name the user and that he may read now, the newest first. */
  list(user: UserId, page: { cursor?: string | undefined; limit: number }): Promise<Page<ShownMention>>;
  /** How many there are above his read marks, of a page of his rooms those that have some. */
  count(user: UserId, page: { below?: RoomId | undefined; limit: number }): Promise<Page<RoomMentions>>;
}

export interface MentionsDeps {
  readonly store: MentionStore;
  readonly counts: MentionCounts;
  readonly rooms: Pick<RoomStore, 'membership' | 'membershipsOf' | 'activity'>;
  readonly marks: Marks;
  readonly events: Pick<EventStore, 'watermark'>;
  readonly tail: Pick<LogTail, 'head' | 'walk'>;
  readonly streamOf: (room: RoomId) => string;
}

/** A page of which nothing can be shown is followed by the next one, so often at most. */
const maxRounds = 5;
/** Rooms of a page whose unwritten ends are walked at the same time. */
const walksAtOnce = 4;

export function createMentions({ store, counts, rooms, marks, events, tail, streamOf }: MentionsDeps): Mentions {
  async function shown(user: UserId, mentions: readonly Mention[]): Promise<ShownMention[]> {
    const named = [...new Set(mentions.map(({ room }) => room))];
    const found = await Promise.all(named.map((room) => rooms.membership(room, user)));
    const memberships = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.room, visibleTo(one)]])));
    const seen = mentions.filter(({ room, seq }) => isVisible(memberships.get(room) ?? [], seq));
    if (seen.length === 0) return [];
    // The log's end first: what leaves it meanwhile is in the store by the time it is read.
    const changes = await unwritten([...memberships.keys()]);
    const texts = new Map((await store.texts(user, seen)).map((text) => [keyOf(text), text]));
    return seen.flatMap((mention) => {
      const text = texts.get(keyOf(mention));
      if (!text?.names) return [];
      const now = changes.get(keyOf(mention))?.(text) ?? text.text;
      const { thread } = text;
      return now === deleted ? [] : [{ ...mention, text: now, ...(thread === undefined ? {} : { thread }) }];
    });
  }

  /** By message, what edits and deletions that are not written yet make of it; nothing while the log is away. */
  async function unwritten(ids: readonly RoomId[]): Promise<ReadonlyMap<string, Fold>> {
    const folds = new Map<string, Fold>();
    const queue = [...ids];
    const worker = async () => {
      for (let room = queue.pop(); room !== undefined; room = queue.pop()) await foldRoom(room, folds);
    };
    try {
      await Promise.all(Array.from({ length: walksAtOnce }, worker));
    } catch (error) {
      if (!(error instanceof Failure && error.kind === 'log_unavailable')) throw error;
    }
    return folds;
  }

  async function foldRoom(room: RoomId, folds: Map<string, Fold>): Promise<void> {
    const after = await events.watermark(streamOf(room));
    const before = (await tail.head(room)) + 1;
    if (before <= after + 1) return;
    for await (const logged of tail.walk(room, { after, before })) {
      if (!isLoggedChange(logged) || logged.event.t === 'react') continue;
      const { event, seq } = logged;
      const key = keyOf({ room, seq: event.m });
      const earlier = folds.get(key);
      folds.set(key, (text) => {
        const was = earlier?.(text) ?? text.text;
        if (was === deleted || event.t === 'del') return deleted;
        return event.u === text.user && seq > text.version ? event.b.text : was;
      });
    }
  }

  return {
    async list(user, { cursor, limit }) {
      let behind = fromPlace(cursor);
      const items: ShownMention[] = [];
      for (let round = 0; round < maxRounds; round++) {
        const rows = await store.of(user, { behind, limit: limit + 1 });
        items.push(...(await shown(user, rows.slice(0, limit))));
        behind = rows.length > limit ? rows[limit - 1]?.place : undefined;
        if (behind === undefined || items.length > 0) break;
      }
      const fit = fitting(items, maxAnswerBytes);
      if (fit.length < items.length) behind = fit.at(-1)?.place;
      return behind === undefined ? { items } : { items: fit, next: toCursor(`${behind.at}:${behind.id}`) };
    },
    async count(user, { below, limit }) {
      const page = pageOf(await rooms.membershipsOf(user, limit + 1, below), limit, ({ room }) => room);
      const there = await rooms.activity(page.items.map(({ room }) => room));
      const memberships = page.items.filter(({ room }) => there.has(room));
      const read = await marks.of(memberships.map(({ room }) => ({ room, user })));
      const of = memberships.map((membership) => {
        return { membership, read: countedAfter(read.get(markKey({ room: membership.room, user }))) };
      });
      const found = await counts(user, of);
      const items = page.items.flatMap(({ room }) => {
        const count = found.get(room) ?? 0;
        return count === 0 ? [] : [{ room, count }];
      });
      return { ...page, items };
    },
  };
}

const deleted = Symbol('deleted');
type Fold = (text: NamingText) => string | typeof deleted;

const keyOf = ({ room, seq }: Pick<Mention, 'room' | 'seq'>): string => `${room}:${seq}`;

const placeText = /^(\d{1,15}):(mention:([0-9a-z]{26}):\d{1,16}:([0-9a-z]{26}))$/;

function fromPlace(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, at = '', id = '', room = '', user = ''] = placeText.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!isId(room) || !isId(user) || toCursor(`${at}:${id}`) !== cursor) throw new Failure('invalid_cursor');
  return { at: Number(at), id };
}
