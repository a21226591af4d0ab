import type { MessageEvent } from '@gapless/shared/schema';
import type { Message } from '../log/event-store.ts';
import type { LoggedEvent } from '../log/log-tail.ts';

export const isMessage = (logged: LoggedEvent): logged is LoggedEvent<MessageEvent> => logged.event.t === 'msg';

/** Where a message stands beside its place in the room: in which thread, and where it was whispered. */
export const placeOf = ({ re, also, in: room }: MessageEvent): Pick<Message, 'thread' | 'also' | 'whisperedIn'> => ({
  ...(re === undefined ? {} : { thread: re }),
  ...(also === 1 ? { also: true } : {}),
  ...(room === undefined ? {} : { whisperedIn: room }),
});

/** The message as it was when it was stored. */
export const messageOf = ({ event, seq }: LoggedEvent<MessageEvent>): Message => ({
  seq,
  user: event.u,
  at: new Date(event.at),
  clientId: event.c,
  body: event.b,
  version: seq,
  deleted: false,
  ...placeOf(event),
});
