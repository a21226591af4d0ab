import { Failure } from '@gapless/shared/errors';
import { fromCursorText, toCursor } from '../cursor.ts';

/** A dead letter without what it says. */
export interface Letter {
  readonly id: string;
  readonly stream: string;
  readonly room: string;
  readonly reason: string;
  readonly size: number;
  readonly at: string;
  readonly tries: number;
}

/** What the log worker does for who runs the installation: it alone writes events. */
export interface LetterDesk {
  page(asked: { after: string | undefined; limit: number }): Promise<readonly Letter[]>;
  /** `undefined`: none of that id waits. */
  find(id: string): Promise<(Letter & { readonly raw: string }) | undefined>;
  retry(id: string): Promise<{ readonly written: boolean; readonly reason?: string } | undefined>;
  discard(id: string): Promise<boolean>;
}

export interface LetterOffice {
  page(cursor: string | undefined, limit: number): Promise<{ items: Letter[]; next?: string }>;
  get(id: string): Promise<Letter & { readonly raw: string }>;
  /** May be repeated: what is written is written once. */
  retry(id: string): Promise<{ readonly written: boolean; readonly reason?: string }>;
  discard(id: string): Promise<void>;
}

const form = /^[A-Za-z0-9_]{1,32}:\d{16}$/;

export function createLetterOffice(desk: LetterDesk): LetterOffice {
  const there = <T>(found: T | undefined): T => {
    if (found === undefined) throw new Failure('not_found', { detail: 'No dead letter of that name waits' });
    return found;
  };
  return {
    async page(cursor, limit) {
      const found = await desk.page({ after: fromCursorText(cursor, form), limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, next: toCursor(last.id) } : { items };
    },
    get: async (id) => there(await desk.find(id)),
    retry: async (id) => there(await desk.retry(id)),
    async discard(id) {
      there((await desk.discard(id)) || undefined);
    },
  };
}
