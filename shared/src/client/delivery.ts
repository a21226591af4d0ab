import type { ServerFrame } from '../protocol/index.ts';
import { createChain, type Gap } from './chain.ts';
import type { ChatEvents } from './chat.ts';
import { ChatError } from './chat-error.ts';
import type { Events } from './events.ts';
import { type EventFrame, toRoomEvent } from './server-frame.ts';

/** Turns what the server sends of itself into the application's events: in order, once, gaps told. */
export interface Delivery {
  /** A session stands. Cursors of another generation of the installation are void. */
  started(generation: string): void;
  event(frame: EventFrame): void;
  frame(frame: ServerFrame): void;
  forget(room: string): void;
  /** What the next session resumes from; `undefined` before the first. */
  resumeFrom(): { readonly gen: string; readonly cursors: [room: string, seq: number][] } | undefined;
}

export function createDelivery(emit: Events<ChatEvents>['emit']): Delivery {
  const chain = createChain();
  let known: string | undefined;
  const tell = (gap: Gap | undefined): void => {
    if (gap !== undefined) emit('gap', gap);
  };
  return {
    started(generation) {
      if (generation !== known) chain.clear();
      known = generation;
      chain.reconnected();
    },
    event(frame) {
      const link = chain.link(frame.r, frame.s, frame.p);
      if (!link.fresh) return;
      tell(link.gap);
      const event = toRoomEvent(frame);
      emit('event', event);
      if (event.kind === 'message') emit('message', event);
      if (event.kind === 'membership') emit('membership', event);
      if (event.kind === 'room') emit('room', event);
    },
    frame(frame) {
      switch (frame.t) {
        case 'live':
          tell(chain.start(frame.r, frame.s));
          return emit('live', { room: frame.r, seq: frame.s });
        case 'lag':
          return tell(chain.lag(frame.r, frame.from, frame.to));
        case 'removed':
          return chain.forget(frame.r);
        case 'rooms':
          return emit(
            'rooms',
            frame.rs.map(({ r: room, head, role }) => ({ room, head, role })),
          );
        case 'bye':
          return emit('bye', { afterMs: frame.after, why: frame.why });
        case 'err':
          return emit('error', new ChatError(frame.code, frame.msg, { retryMs: frame.retry }));
      }
    },
    forget: chain.forget,
    resumeFrom: () => (known === undefined ? undefined : { gen: known, cursors: chain.cursors() }),
  };
}
