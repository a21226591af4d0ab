import { errorCodes } from '../errors/index.ts';
import type { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import type { ClientRequest } from './client-request.ts';
import { type Cancel, type Clock, jitteredMs } from './clock.ts';

/** Up to where I have read and received, of each room. Only the highest counts, so only the highest is sent. */
export interface Watermarks {
  note(room: string, op: 'read' | 'recv', seq: number): void;
  /** A session stands: what is not confirmed goes out. */
  resume(): void;
  /** What is not confirmed never will be. */
  close(): void;
}

export interface WatermarksDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly isLive: () => boolean;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Mark {
  readonly room: string;
  readonly op: 'read' | 'recv';
  seq: number;
  asking: boolean;
  failures: number;
  /** It was refused and waits for its time: ends that. */
  rest: Cancel | undefined;
}

const pace = { firstMs: 1_000, maxMs: 30_000 };
const fresh = { asking: false, failures: 0, rest: undefined };

export function createWatermarks({ ask, isLive, emit, clock, random }: WatermarksDeps): Watermarks {
  const unconfirmed = new Map<string, Mark>();

  const send = async (mark: Mark): Promise<void> => {
    if (mark.asking || !isLive()) return;
    const { room: r, op: t, seq: s } = mark;
    mark.asking = true;
    mark.rest?.();
    mark.rest = undefined;
    try {
      await ask({ t, r, s });
      mark.asking = false;
      if (mark.seq > s) return void send(mark);
      unconfirmed.delete(`${t} ${r}`);
    } catch (error) {
      mark.asking = false;
      failed(mark, error as ChatError);
    }
  };
  const failed = (mark: Mark, error: ChatError): void => {
    if (errorCodes[error.code].retry) {
      const pauseMs = Math.max(error.retryMs ?? 0, jitteredMs(mark.failures++, pace, random));
      if (isLive()) mark.rest = clock.after(pauseMs, () => void send(mark));
      return;
    }
    unconfirmed.delete(`${mark.op} ${mark.room}`);
    emit({ type: 'error', error });
  };
  return {
    note(room, op, seq) {
      const key = `${op} ${room}`;
      const mark = unconfirmed.get(key) ?? { room, op, seq, ...fresh };
      mark.seq = Math.max(mark.seq, seq);
      unconfirmed.set(key, mark);
      if (mark.rest === undefined) void send(mark);
    },
    resume() {
      for (const mark of unconfirmed.values()) void send(mark);
    },
    close() {
      for (const mark of unconfirmed.values()) mark.rest?.();
      unconfirmed.clear();
    },
  };
}
