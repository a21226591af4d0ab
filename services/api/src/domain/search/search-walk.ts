import { noEnd, type RoomId } from '@gapless/shared/schema';
import type { Candidate, SearchGrams, SearchStore, Stretch } from './search-store.ts';

/** Stretches of rooms that share a stream: their numbers say what is newer. */
export interface Source {
  readonly stream: string;
  readonly stretches: readonly Stretch[];
}

/** How far each stream was looked at, from its end: down to that number, 0 for all of it. */
export type Positions = ReadonlyMap<string, number>;

export interface Place {
  readonly room: RoomId;
  readonly seq: number;
}

export interface Batch {
  /** Those with all grams, the newest first. */
  readonly candidates: readonly (Place & Pick<Source, 'stream'>)[];
  /** Where they were looked for. */
  readonly positions: Positions;
}

/** The next candidates behind those positions: at least so many of one gram, of those with all of them some or none. */
export type SearchWalk = (sources: readonly Source[], grams: SearchGrams, from: Positions) => Promise<Batch>;

/** What one question looks at; of so many stretches. */
export const candidatesAtOnce = 300;
const stretchesAtOnce = 100;
const questionsAtOnce = 4;

interface Found {
  readonly stream: string;
  readonly candidates: readonly Candidate[];
  /** Everything from there on is among them. */
  readonly floor: number;
}

export function createSearchWalk(store: Pick<SearchStore, 'newest'>): SearchWalk {
  async function newestOf({ stream, stretches }: Source, grams: SearchGrams, before: number): Promise<Found> {
    const left = stretches.flatMap((stretch) => {
      const part = { ...stretch, before: Math.min(stretch.before, before) };
      return part.before > part.after + 1 ? [part] : [];
    });
    const found: Candidate[] = [];
    let floor = 0;
    for (let at = 0; at < left.length; at += questionsAtOnce * stretchesAtOnce) {
      const parts = Array.from({ length: questionsAtOnce }, (_, n) =>
        left.slice(at + n * stretchesAtOnce, at + (n + 1) * stretchesAtOnce),
      );
      for (const answer of await Promise.all(parts.map((part) => store.newest(part, grams, candidatesAtOnce)))) {
        found.push(...answer);
        if (answer.length === candidatesAtOnce) floor = Math.max(floor, answer.at(-1)?.seq ?? 0);
      }
    }
    const candidates = found.filter(({ seq, hasAll }) => hasAll && seq >= floor).sort((a, b) => b.seq - a.seq);
    return { stream, candidates, floor };
  }

  return async (sources, grams, from) => {
    const open = sources.filter(({ stream }) => from.get(stream) !== 0);
    const found: Found[] = [];
    for (const source of open) found.push(await newestOf(source, grams, from.get(source.stream) ?? noEnd));
    return merged(found, from);
  };
}

/** By time, as far as nothing newer can be missing; within a stream by number. */
function merged(found: readonly Found[], from: Positions): Batch {
  const candidates: Batch['candidates'][number][] = [];
  const positions = new Map(from);
  const taken = new Map(found.map(({ stream }) => [stream, 0]));
  const headOf = (one: Found): Candidate | undefined => one.candidates[taken.get(one.stream) as number];
  const isDry = (one: Found): boolean => headOf(one) === undefined;
  while (!found.some((one) => isDry(one) && one.floor > 0)) {
    const next = newestHead(found, headOf);
    if (next === undefined) break;
    candidates.push({ stream: next.stream, ...next.head });
    positions.set(next.stream, next.head.seq);
    taken.set(next.stream, (taken.get(next.stream) as number) + 1);
  }
  for (const one of found) if (isDry(one)) positions.set(one.stream, one.floor);
  return { candidates, positions };
}

function newestHead(found: readonly Found[], headOf: (one: Found) => Candidate | undefined) {
  let newest: { readonly stream: string; readonly head: Candidate } | undefined;
  for (const one of found) {
    const head = headOf(one);
    if (head !== undefined && !(newest && newest.head.at >= head.at)) newest = { stream: one.stream, head };
  }
  return newest;
}
