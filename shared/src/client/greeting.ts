import type { RequestOf } from './client-request.ts';
import { cursorBytes, mostRooms, packed } from './packed.ts';
import type { Here } from './presence.ts';
import { bytesOf } from './requests.ts';

export interface GreetingOptions {
  readonly token: string;
  readonly rooms: 'all' | 'none';
  /** What others are to see of me; absent: that I am here. */
  readonly here: Here | undefined;
  /** Told of messages in rooms that are not live, too. */
  readonly notes: boolean;
  /** Under which the cursors were given; absent at the very first. */
  readonly gen: string | undefined;
  readonly cursors: readonly (readonly [room: string, seq: number])[];
  /** Of my inbox, where one is known. */
  readonly inbox: number | undefined;
  readonly maxBytes: number;
}

/** Cursors of one greeting (docs/protocol.md §Resuming). */
const mostCursors = 10_000;
/** The reply number, `more`, `since` itself. */
const keysBytes = 64;

/** The `hello` frames that greet and resume: only the last one is answered. */
export function greeting({
  token,
  rooms,
  here,
  notes,
  gen,
  cursors,
  inbox,
  maxBytes,
}: GreetingOptions): RequestOf<'hello'>[] {
  const hello = {
    t: 'hello' as const,
    tok: token,
    rooms,
    ...(here === undefined ? {} : { here }),
    ...(notes ? { notes: 1 as const } : {}),
  };
  if (gen === undefined) return [hello];
  const resuming = { ...hello, gen, ...(inbox === undefined ? {} : { inbox }) };
  if (cursors.length === 0) return [inbox === undefined ? hello : resuming];
  const bytes = maxBytes - bytesOf(JSON.stringify(resuming)) - keysBytes;
  const parts = packed(cursors.slice(0, mostCursors), cursorBytes, { bytes, items: mostRooms });
  return parts.map((part, n) => ({
    ...(n === 0 ? resuming : { t: 'hello' as const }),
    since: Object.fromEntries(part),
    ...(n < parts.length - 1 ? { more: 1 as const } : {}),
  }));
}
