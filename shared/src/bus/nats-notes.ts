import type { NatsConnection } from '@nats-io/transport-node';
import type { NotesChannel, WrittenNote } from './bus.ts';
import { subjects } from './subjects.ts';

type Wire = { readonly w: readonly (readonly [string, number, string, number, 1?])[] };

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
          if (error === null) listener(message.json<Wire>().w.map(toNote));
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

const toNote = ([room, seq, author, count, whisper]: Wire['w'][number]): WrittenNote => ({
  room: room as WrittenNote['room'],
  seq,
  author: author as WrittenNote['author'],
  count,
  isWhisper: whisper === 1,
});
