import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { authorGram, placesIn, readQuery, type SearchQuery, type Span } from '@gapless/shared/search';
import type { CurrentMessages } from './current-messages.ts';
import type { Message } from './event-store.ts';
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

export interface Hits {
  readonly hits: readonly Hit[];
  readonly positions: Positions;
}

/** Batches that one page looks at: it may be short, and have a next one. */
const maxBatches = 5;
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

/** Goes on until there are more hits than a page has, all was looked at, or enough for one page. */
export async function collectHits(
  next: (from: Positions) => Promise<Batch>,
  find: (places: readonly Place[]) => Promise<Hit[]>,
  { from, limit }: { readonly from: Positions; readonly limit: number },
): Promise<Hits> {
  const hits: Hit[] = [];
  let positions = from;
  for (let round = 0; round < maxBatches; round++) {
    const { candidates, positions: reached } = await next(positions);
    for (let at = 0; at < candidates.length; at += readAtOnce) {
      hits.push(...(await find(candidates.slice(at, at + readAtOnce))));
      if (hits.length > limit) {
        const kept = hits.slice(0, limit);
        return { hits: kept, positions: behind(kept.at(-1), candidates, positions) };
      }
    }
    positions = reached;
    if (hits.length === limit || isAtEnd(positions)) break;
  }
  return { hits, positions };
}

/** Whether all was looked at. */
export const isAtEnd = (positions: Positions): boolean => [...positions.values()].every((position) => position === 0);

function behind(last: Hit | undefined, candidates: Batch['candidates'], from: Positions): Positions {
  const positions = new Map(from);
  for (const { stream, room, seq } of candidates) {
    positions.set(stream, seq);
    if (room === last?.room && seq === last.message.seq) break;
  }
  return positions;
}

const keyOf = (room: RoomId, seq: number): string => `${room}:${seq}`;
