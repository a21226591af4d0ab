import type { ClientFrame, ServerFrame, ServerFrameOf } from '../protocol/index.ts';
import { ChatError } from './chat-error.ts';

/** Frames that answer a request by carrying its number. */
export type Reply = ServerFrameOf<'ok'> | ServerFrameOf<'hi'> | ServerFrameOf<'pong'>;

type Unnumbered<F> = F extends unknown ? Omit<F, 'i'> : never;
export type Request = Unnumbered<ClientFrame>;

export interface Wire {
  readonly maxBytes: number;
  send(text: string): void;
}

/** Gives each request a number, and to each reply the promise that waits for it. */
export interface Requests {
  /** Rejects with what the server answers, or with `unknown` when no answer comes in time. */
  ask(request: Request, wire: Wire): Promise<Reply>;
  /** `false`: nobody waits for this frame. */
  answered(frame: ServerFrame): boolean;
  /** Whatever still waits is rejected with that. */
  abandon(error: ChatError): void;
}

interface Pending {
  settle(reply: Reply): void;
  fail(error: ChatError): void;
}

/** With more requests than this without an answer, the server is not keeping up. */
const maxPending = 1_000;
const encoder = new TextEncoder();

export function createRequests(deadlineMs: number): Requests {
  const pending = new Map<number, Pending>();
  let last = 0;

  const take = (i: number | undefined): Pending | undefined => {
    if (i === undefined) return undefined;
    const waiting = pending.get(i);
    pending.delete(i);
    return waiting;
  };
  const reply = (i: number, op: Request['t']): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const late = () => take(i)?.fail(new ChatError('unknown', `No answer to \`${op}\` in ${deadlineMs} ms`));
      const timer = setTimeout(late, deadlineMs);
      const settle = (frame: Reply) => {
        clearTimeout(timer);
        resolve(frame);
      };
      const fail = (error: ChatError) => {
        clearTimeout(timer);
        reject(error);
      };
      pending.set(i, { settle, fail });
    });

  return {
    async ask(request, { maxBytes, send }) {
      if (pending.size >= maxPending) throw new ChatError('busy', 'Too many requests without an answer');
      const i = ++last;
      const text = JSON.stringify({ ...request, i });
      if (encoder.encode(text).length > maxBytes)
        throw new ChatError('too_large', `A frame may have ${maxBytes} bytes`);
      const answer = reply(i, request.t);
      send(text);
      return answer;
    },
    answered(frame) {
      switch (frame.t) {
        case 'ok':
        case 'hi':
        case 'pong': {
          const waiting = take(frame.i);
          waiting?.settle(frame);
          return waiting !== undefined;
        }
        case 'err': {
          const waiting = take(frame.i);
          waiting?.fail(new ChatError(frame.code, frame.msg, { retryMs: frame.retry }));
          return waiting !== undefined;
        }
        default:
          return false;
      }
    },
    abandon(error) {
      for (const i of [...pending.keys()]) take(i)?.fail(error);
    },
  };
}
