import type { ServerFrame, ServerFrameOf } from '../protocol/index.ts';
import { ChatError } from './chat-error.ts';
import type { ClientRequest } from './client-request.ts';
import type { Cancel, Clock } from './clock.ts';

/** Frames that answer a request by carrying its number. */
export type Reply = ServerFrameOf<'ok' | 'hi' | 'pong' | 'hist'>;

export interface Wire {
  readonly maxBytes: number;
  send(text: string): void;
}

/** Gives each request a number, and to each reply the promise that waits for it. */
export interface Requests {
  /** Rejects with what the server answers, or with `unknown` when no answer comes in time. */
  ask(request: ClientRequest, wire: Wire): Promise<Reply>;
  /** `false`: nobody waits for this frame. */
  answered(frame: ServerFrame): boolean;
  /** Whatever still waits is rejected with that. */
  abandon(error: ChatError): void;
}

export interface RequestsDeps {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** A request that was made then has had no answer in time. */
  overdue(askedAt: number): void;
}

interface Pending {
  readonly cancel: Cancel;
  resolve(reply: Reply): void;
  reject(error: ChatError): void;
}

/** With more requests than this without an answer, the server is not keeping up. */
const maxPending = 1_000;
const encoder = new TextEncoder();

export const bytesOf = (text: string): number => encoder.encode(text).length;

export function createRequests({ clock, deadlineMs, overdue }: RequestsDeps): Requests {
  const pending = new Map<number, Pending>();
  let last = 0;

  const take = (i: number | undefined): Pending | undefined => {
    const waiting = pending.get(i ?? -1);
    pending.delete(i ?? -1);
    waiting?.cancel();
    return waiting;
  };
  const reply = (i: number, op: string): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const askedAt = clock.now();
      const cancel = clock.after(deadlineMs, () => {
        take(i)?.reject(new ChatError('unknown', `No answer to \`${op}\` in ${deadlineMs} ms`));
        overdue(askedAt);
      });
      pending.set(i, { cancel, resolve, reject });
    });

  return {
    async ask(request, { maxBytes, send }) {
      if (pending.size >= maxPending) throw new ChatError('busy', 'Too many requests without an answer');
      const i = ++last;
      const text = JSON.stringify({ ...request, i });
      if (bytesOf(text) > maxBytes) throw new ChatError('too_large', `A frame may have ${maxBytes} bytes`);
      const answer = reply(i, request.t);
      send(text);
      return answer;
    },
    answered(frame) {
      switch (frame.t) {
        case 'ok':
        case 'hi':
        case 'pong':
        case 'hist': {
          const waiting = take(frame.i);
          waiting?.resolve(frame);
          return waiting !== undefined;
        }
        case 'err': {
          const waiting = take(frame.i);
          waiting?.reject(new ChatError(frame.code, frame.msg, { retryMs: frame.retry }));
          return waiting !== undefined;
        }
        default:
          return false;
      }
    },
    abandon(error) {
      for (const i of [...pending.keys()]) take(i)?.reject(error);
    },
  };
}
