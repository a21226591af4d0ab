import { Failure } from '@gapless/shared/errors';
import { type EditEvent, noEnd, type RoomEvent, type RoomId, type UserId } from '@gapless/shared/schema';
import { placesIn } from '@gapless/shared/search';
import type { EventStore, Message } from '../log/event-store.ts';
import type { MessageRows } from '../log/message-rows.ts';
import type { RoomEnds } from '../log/room-ends.ts';
import { isOf } from '../log/unwritten-events.ts';
import type { Door } from '../rooms/door.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { collectHits, gramsFor, type Hit, isAtEnd, readSought, type SearchTurn, type Sought } from './search-hits.ts';
import type { SearchStore, Stretch } from './search-store.ts';
import type { Batch, Positions, SearchWalk } from './search-walk.ts';

export interface RoomSearchRequest {
  readonly query: string;
  readonly from?: UserId | undefined;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface RoomHits {
  /** Newest first; fewer than asked for where much had to be looked at. */
  readonly items: readonly Hit[];
  /** Where the next page starts, as `before`; absent when all was looked at. */
  readonly next?: number;
}

/**
 * Messages of a room that say something, as far as the user may see them: by their texts as they are now, also those that the
 * log worker has not projected or not written yet; the latter unless the log is away.
 */
export type RoomSearch = (user: UserId, room: RoomId, request: RoomSearchRequest) => Promise<RoomHits>;

export interface RoomSearchDeps {
  readonly door: Door;
  readonly store: SearchStore;
  readonly walk: SearchWalk;
  readonly turn: () => SearchTurn;
  readonly rows: Pick<MessageRows, 'read'>;
  readonly events: Pick<EventStore, 'searched' | 'latest'>;
  streamOf(room: RoomId): string;
}

/** Of those that are not projected yet the newest ones. There are as many only where a log worker was away, or behind. */
const freshAtMost = 1_000;

export function createRoomSearch({ door, store, walk, turn, rows, ...deps }: RoomSearchDeps): RoomSearch {
  /** Edits that are written, not projected. */
  async function written(room: RoomId, after: number, watermark: number): Promise<EditEvent[]> {
    const rows = await deps.events.latest(room, { after, before: watermark + 1 }, freshAtMost);
    return rows.map(({ raw }): RoomEvent => JSON.parse(raw)).filter((event) => event.t === 'edit');
  }

  /** Numbers of messages of which what is not projected yet says it. */
  async function freshIn(
    room: RoomId,
    stretches: readonly Stretch[],
    { query }: Sought,
    ends: RoomEnds,
  ): Promise<number[]> {
    const [searched, watermark] = await Promise.all([deps.events.searched(deps.streamOf(room)), ends.watermark(room)]);
    const above = [{ after: searched, before: noEnd }];
    const [sent, edited, events] = await Promise.all([
      unlessAway(rows.read(room, above, { direction: 'newest', limit: freshAtMost }, watermark)),
      written(room, searched, watermark),
      ends.unwritten(room, watermark),
    ]);
    const fresh = events.filter(isOf('edit')).slice(-freshAtMost);
    const edits = [...edited, ...fresh.map(({ event }) => event)];
    const said = [
      ...sent.map(({ seq, message }) => [seq, message.body.text] as const),
      ...edits.map(({ m, b }) => [m, b.text] as const),
    ];
    const seqs = said.flatMap(([seq, text]) => (placesIn(text, query) === undefined ? [] : [seq]));
    return [...new Set(seqs)].filter((seq) => stretches.some(({ after, before }) => seq > after && seq < before));
  }

  return async (user, room, { query, from, before = noEnd, after = 0, limit }) => {
    const sought = readSought(query, from);
    const { membership } = await door('messages.search', user, room);
    const stretches = visibleTo(membership)
      .map((range) => ({ room, after: Math.max(after, range.after), before: Math.min(before, range.before) }))
      .filter((range) => range.before > range.after + 1);
    // What is not projected yet first: what is projected meanwhile is there by the time it is looked for.
    const { find, ends, isLate } = turn();
    const fresh = await freshIn(room, stretches, sought, ends);
    const grams = await gramsFor(store, stretches, sought);
    const next = async (positions: Positions) =>
      withFresh(room, fresh, positions, await walk([{ stream: room, stretches }], grams, positions));
    const wanted = { from: new Map(), limit, isLate };
    const { hits, positions } = await collectHits(next, (places) => find(places, sought), wanted);
    const end = positions.get(room) ?? 0;
    return { items: hits, ...(isAtEnd(positions) ? {} : { next: end }) };
  };
}

/** Each where it stands among the others, as far down as they were looked for. */
function withFresh(room: RoomId, fresh: readonly number[], from: Positions, batch: Batch): Batch {
  const [before, floor] = [from.get(room) ?? noEnd, batch.positions.get(room) ?? 0];
  const seqs = new Set(batch.candidates.map(({ seq }) => seq));
  for (const seq of fresh) if (seq < before && seq >= floor) seqs.add(seq);
  const candidates = [...seqs].sort((a, b) => b - a).map((seq) => ({ stream: room, room, seq }));
  return { ...batch, candidates };
}

async function unlessAway<T extends { readonly message: Message }>(reading: Promise<T[]>): Promise<T[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'log_unavailable') return [];
    throw error;
  }
}
