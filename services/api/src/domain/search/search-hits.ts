import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { authorGram, placesIn, readQuery, type SearchQuery, type Span } from '@gapless/shared/search';
import type { Message } from '../log/event-store.ts';
import type { MessageRows } from '../log/message-rows.ts';
import { createRoomEnds, type RoomEnds } from '../log/room-ends.ts';
import type { UnwrittenEvents } from '../log/unwritten-events.ts';
import { type CurrentMessages, createCurrentMessages } from '../messages/current-messages.ts';
import type { SearchGrams, SearchStore, Stretch } from './search-store.ts';
import type { Batch, Place, Positions } from './search-walk.ts';

/** A message that says what is looked for, as it is now. */
export interface Hit {
  readonly room: RoomId;
  readonly message: Message;
  readonly places: readonly Span[];
}

export interface Sought {
  readonly query: SearchQuery;
  /** Only what that user wrote. */
  readonly from: UserId | undefined;
}

/** Those of these messages that say it, as every change that was acknowledged leaves them, in the order given. */
export type FindHits = (places: readonly Place[], sought: Sought) => Promise<Hit[]>;

/** What one request asks with, from its beginning to its end. */
export interface SearchTurn {
  readonly find: FindHits;
  readonly ends: RoomEnds;
  /** The page ends here, and has a next one. */
  readonly isLate: () => boolean;
}

export interface SearchTurnDeps {
  readonly rows: Pick<MessageRows, 'at' | 'watermark'>;
  readonly unwritten: UnwrittenEvents;
  readonly clock: Clock;
}

/** How long one request goes on looking. */
const turnMs = 3_000;

export function createSearchTurns({ rows, unwritten, clock }: SearchTurnDeps): () => SearchTurn {
  return () => {
    const ends = createRoomEnds({ rows, unwritten });
    const current = createCurrentMessages({
      rows: { at: rows.at, watermark: ends.watermark },
      unwritten: ends.unwritten,
    });
    const end = clock.now() + turnMs;
    return { find: createFindHits(current), ends, isLate: () => clock.now() >= end };
  };
}

export interface Hits {
  readonly hits: readonly Hit[];
  readonly positions: Positions;
}

/** Batches that one page looks at: it may be short, and have a next one. */
const maxBatches = 5;
/** Read together at least, however few are asked for: those with the grams need not say it. */
const readAtOnce = 50;
const roomsAtOnce = 8;
/** Grams that are compared, of so many stretches, counted so far. */
const comparedGrams = 8;
const comparedStretches = 10;
const comparedTo = 200;

export function readSought(text: string, from: UserId | undefined): Sought {
  const query = readQuery(text);
  if (query === undefined) {
    throw new Failure('invalid_request', { detail: 'Nothing to look for: it takes a letter, a digit or an emoji' });
  }
  return { query, from };
}

export function createFindHits(current: CurrentMessages): FindHits {
  async function inRoom(room: RoomId, seqs: readonly number[], { query, from }: Sought): Promise<Hit[]> {
    return (await current(room, seqs)).flatMap((message): Hit[] => {
      if (message.deleted || (from !== undefined && message.user !== from)) return [];
      const places = placesIn(message.body.text, query);
      return places === undefined ? [] : [{ room, message, places }];
    });
  }

  return async (places, sought) => {
    const seqs = new Map<RoomId, number[]>();
    for (const { room, seq } of places) seqs.set(room, [...(seqs.get(room) ?? []), seq]);
    const rooms = [...seqs];
    const found = new Map<string, Hit>();
    for (let at = 0; at < rooms.length; at += roomsAtOnce) {
      const some = rooms.slice(at, at + roomsAtOnce);
      const reads = some.map(([room, of]) => inRoom(room, of, sought));
      for (const hit of (await Promise.all(reads)).flat()) found.set(keyOf(hit.room, hit.message.seq), hit);
    }
    return places.flatMap(({ room, seq }) => found.get(keyOf(room, seq)) ?? []);
  };
}

/** By the gram that is rarest there: what has it is looked at. */
export async function gramsFor(
  store: Pick<SearchStore, 'frequencies'>,
  stretches: readonly Stretch[],
  { query, from }: Sought,
): Promise<SearchGrams> {
  const all = [...(from === undefined ? [] : [authorGram(from)]), ...query.grams];
  const compared = all.slice(0, comparedGrams);
  const some = stretches.slice(0, comparedStretches);
  const counts = compared.length === 1 ? [0] : await store.frequencies(some, compared, comparedTo);
  const by = compared[counts.indexOf(Math.min(...counts))] as string;
  return { by, others: all.filter((gram) => gram !== by) };
}

export interface PageWanted {
  readonly from: Positions;
  readonly limit: number;
  readonly isLate: () => boolean;
}

/** Goes on until there are more hits than a page has, all was looked at, or enough for one page; late, it has looked at some. */
export async function collectHits(
  next: (from: Positions) => Promise<Batch>,
  find: (places: readonly Place[]) => Promise<Hit[]>,
  { from, limit, isLate }: PageWanted,
): Promise<Hits> {
  const hits: Hit[] = [];
  let positions = from;
  const chunk = Math.max(limit + 1, readAtOnce);
  for (let round = 0; round < maxBatches; round++) {
    const { candidates, positions: reached } = await next(positions);
    // Nearly each of them says it: as many as a page needs are read at once.
    for (let at = 0; at < candidates.length; at += chunk) {
      const some = candidates.slice(at, at + chunk);
      hits.push(...(await find(some)));
      if (hits.length > limit) {
        const kept = hits.slice(0, limit);
        return { hits: kept, positions: behind(placeOf(kept.at(-1)), candidates, positions) };
      }
      if (isLate()) return { hits, positions: behind(some.at(-1), candidates, positions) };
    }
    positions = reached;
    if (hits.length === limit || isAtEnd(positions) || isLate()) break;
  }
  return { hits, positions };
}

/** Whether all was looked at. */
export const isAtEnd = (positions: Positions): boolean => [...positions.values()].every((position) => position === 0);

const placeOf = (hit: Hit | undefined): Place | undefined => hit && { room: hit.room, seq: hit.message.seq };

function behind(last: Place | undefined, candidates: Batch['candidates'], from: Positions): Positions {
  const positions = new Map(from);
  for (const { stream, room, seq } of candidates) {
    positions.set(stream, seq);
    if (room === last?.room && seq === last.seq) break;
  }
  return positions;
}

const keyOf = (room: RoomId, seq: number): string => `${room}:${seq}`;
