import type { NatsConnection } from '@nats-io/transport-node';
import { isId, type RoomId, type UserId } from '../schema/index.ts';
import type { NotesChannel, WrittenNote } from './bus.ts';
import { subjects } from './subjects.ts';

type Tuple = readonly [room: RoomId, seq: number, author: UserId, count: number, isWhisper?: 1];
type Wire = { readonly w: readonly Tuple[] };

/** While the server is away the client would keep them for later, when they are old: they are dropped. */
export function createNatsNotes({ nats, isAway }: { nats: NatsConnection; isAway(): boolean }): NotesChannel {
  return {
    publish: (notes) => {
      if (isAway() || nats.isClosed()) return;
      const w = notes.map(({ room, seq, author, count, isWhisper }) =>
        isWhisper ? ([room, seq, author, count, 1] as const) : ([room, seq, author, count] as const),
      );
      nats.publish(subjects.notes, JSON.stringify({ w } satisfies Wire));
    },
    subscribe: (listener) => {
      const subscription = nats.subscribe(subjects.notes, {
        callback: (error, message) => {
          const notes = error === null ? readableNotes(message.data) : undefined;
          if (notes !== undefined) listener(notes);
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

const decoder = new TextDecoder();

/** `undefined` for what no reader can make sense of. */
export function readableNotes(bytes: Uint8Array): WrittenNote[] | undefined {
  const w = parse(bytes)?.w;
  return Array.isArray(w) && w.every(isTuple) ? w.map(toNote) : undefined;
}

const toNote = ([room, seq, author, count, whisper]: Tuple): WrittenNote => {
  return { room, seq, author, count, isWhisper: whisper === 1 };
};

const isNumber = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string' && isId(value);

const isTuple = (value: unknown): value is Tuple =>
  Array.isArray(value) && isText(value[0]) && isNumber(value[1]) && isText(value[2]) && isNumber(value[3]);

function parse(bytes: Uint8Array): { readonly w?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
