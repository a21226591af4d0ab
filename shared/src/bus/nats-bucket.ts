import { performance } from 'node:perf_hooks';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { errors, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { withDeadline } from '../runtime/index.ts';
import type { Bucket, Kept } from './bucket.ts';

const deadlineMs = 3_000;
/** In a storm of hellos the answers to all at once are more than a server keeps for one connection: it would cut it. */
const readsAtOnce = 128;
const lostRace = new Set<number>([
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
]);

/** Whoever writes first makes it. Rejects with `log_unavailable`. */
export function createNatsBucket(deps: {
  nats: NatsConnection;
  name: string;
  replicas: number;
  /** The server is known to be away: whoever asks hears so at once. */
  isAway: () => boolean;
}): Bucket {
  const { nats, name, replicas, isAway } = deps;
  const guarded = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (isAway()) throw new Failure('log_unavailable', { retryMs: 1_000, detail: 'NATS is away' });
    try {
      return await withDeadline(what, deadlineMs, work());
    } catch (cause) {
      throw new Failure('log_unavailable', { retryMs: 1_000, cause });
    }
  };
  const kvm = new Kvm(nats);
  const make = () => kvm.create(name, { history: 1, replicas, allow_direct: true });
  const writable = once(make);
  const inTurn = turns(readsAtOnce);
  // Of the leader: another replica may not know yet of what was written before the question.
  const reading = `$JS.API.STREAM.MSG.GET.KV_${name}`;
  return {
    read: (key) =>
      guarded(`reading ${name}`, () =>
        inTurn(async () => {
          const question = JSON.stringify({ last_by_subj: `$KV.${name}.${key}` });
          return keptIn(await nats.request(reading, question, { timeout: deadlineMs }));
        }),
      ),
    write: (key, value, revision) =>
      guarded(`writing ${name}`, async () => {
        const data = JSON.stringify(value);
        try {
          return await putAt(await writable.get(), key, data, revision);
        } catch (error) {
          if (!isGone(error)) throw error;
          writable.forget();
          return putAt(await writable.get(), key, data, revision);
        }
      }),
  };
}

/** Nobody wrote under that key, or nobody wrote yet. */
const nothingThere = new Set<number>([JetStreamApiCodes.NoMessageFound, JetStreamApiCodes.StreamNotFound]);

interface Answer {
  /** `data` and `hdrs` in base64; what was deleted bears headers that say so. */
  readonly message?: { readonly seq: number; readonly data?: string; readonly hdrs?: string };
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

/** The client's own reading makes two errors, with their stacks, of every key that is not there. */
function keptIn(answer: Msg): Kept | undefined {
  const { message, error } = answer.json<Answer>();
  if (error?.err_code !== undefined && nothingThere.has(error.err_code)) return undefined;
  if (message === undefined) throw new Error(`NATS answered ${error?.err_code}: ${error?.description}`);
  const { seq, data = '', hdrs = '' } = message;
  if (Buffer.from(hdrs, 'base64').includes('KV-Operation:')) return undefined;
  return { value: JSON.parse(Buffer.from(data, 'base64').toString()), revision: seq };
}

/**
 * Does so many things at once, the others in their order; not what nobody waits for any more. Those of one loop turn begin
 * together, since the client makes a system call for each callback in which something is asked.
 */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  let turn: Promise<void> | undefined;
  const turnEnds = (): Promise<void> => {
    turn ??= new Promise((resolve) =>
      setImmediate(() => {
        turn = undefined;
        resolve();
      }),
    );
    return turn;
  };
  const taken = async (): Promise<void> => {
    if (free > 0) {
      free--;
      await turnEnds();
    } else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const given = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return async (work) => {
    const end = performance.now() + deadlineMs;
    await taken();
    try {
      if (performance.now() >= end) throw new Error('its turn came too late');
      return await work();
    } finally {
      given();
    }
  };
}

/** Opened at the first use; what failed is tried again at the next. */
function once(open: () => Promise<KV>): { get(): Promise<KV>; forget(): void } {
  let opened: Promise<KV> | undefined;
  const forget = () => {
    opened = undefined;
  };
  return {
    forget,
    get: () => {
      opened ??= open().catch((error: unknown) => {
        forget();
        throw error;
      });
      return opened;
    },
  };
}

async function putAt(kv: KV, key: string, data: string, previousSeq: number): Promise<boolean> {
  try {
    await kv.put(key, data, { previousSeq });
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && lostRace.has(error.code)) return false;
    throw error;
  }
}

/** The server says that there is no such bucket: nobody wrote yet. */
const isMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;

/** Or nobody listens on its subjects, which alone may also mean that the server is not ready. */
function isGone(error: unknown): boolean {
  if (isMissing(error)) return true;
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof Error && (error.name === 'JetStreamNotEnabled' || isGone(error.cause));
}
