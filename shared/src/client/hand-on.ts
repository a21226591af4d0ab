import type { ServerFrame } from '../protocol/index.ts';
import { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import type { Following } from './following.ts';
import type { SignalFrame } from './server-frame.ts';

type HandedOn = Pick<Following, 'live' | 'lag' | 'voided' | 'removed'>;

/** What the server says of itself, beside events. */
export function handOn(frame: ServerFrame | SignalFrame, rooms: HandedOn, emit: Emit): void {
  switch (frame.t) {
    case 'live':
      return rooms.live(frame.r, frame.s);
    case 'lag':
      return rooms.lag(frame);
    case 'removed':
      return rooms.removed(frame.r);
    case 'rooms': {
      const entries = frame.rs.map(({ r: room, head, role, read, from: unreadFrom }) => {
        return { room, head, role, read, unreadFrom };
      });
      return emit({ type: 'rooms', rooms: entries, more: frame.more === 1 });
    }
    case 'rcpt': {
      const marks = frame.w.map(([user, received, read]) => ({ user, received, read }));
      return emit({ type: 'receipt', room: frame.r, marks, crowd: crowdOf(frame) });
    }
    case 'pres': {
      const users = frame.w.map(([user, presence, lastSeen]) => ({ user, presence, lastSeen }));
      return emit({ type: 'presence', users });
    }
    case 'typing':
      return emit({ type: 'typing', room: frame.r, user: frame.u, on: frame.on === 1 });
    case 'note': {
      const { r: room, s: seq, u: user, n: count, why } = frame;
      return emit({ type: 'note', room, seq, user, count, why });
    }
    case 'unread':
      return emit({ type: 'unread', room: frame.r, seq: frame.s });
    case 'readelse':
      return emit({ type: 'readElsewhere', room: frame.r, seq: frame.s });
    case 'sig': {
      const { u: user, sid: session, c: call, d } = frame;
      return emit({ type: 'signal', user, session, call, data: d as Readonly<Record<string, unknown>> });
    }
    case 'err':
      if (frame.code === 'bad_cursor' && frame.r !== undefined) return rooms.voided(frame.r);
      return emit({ type: 'error', error: new ChatError(frame.code, frame.msg, { retryMs: frame.retry }) });
    // Answers that came too late: who asked has been told, and asks again.
    case 'ok':
    case 'hi':
    case 'pong':
    case 'hist':
      return;
    default:
      return emit({ type: 'unknown', frame });
  }
}

function crowdOf({ s: seq, n: read, d: received = 0, of = 0 }: { s?: number; n?: number; d?: number; of?: number }) {
  return seq === undefined || read === undefined ? undefined : { seq, received, read, of };
}
