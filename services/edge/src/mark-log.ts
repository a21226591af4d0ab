import { bucketOf, encodeReceipts, higher, type Mark, type ReceiptLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, DeadlineError, sleep, withDeadline } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';

/** A mark on its way, and who set it. */
export interface NewMark<By> extends Mark {
  readonly by: By;
}

/**
 * Brings marks into the stream of receipts: of each member and room only the newest, many in one batch. What cannot be stored
 * now is kept, and goes with what came meanwhile.
 */
export interface MarkLog<By> {
  /** Sees to it that the mark is stored sooner or later. Throws `busy` when too many wait, and it was not taken. */
  keep(mark: NewMark<By>): void;
  /** As `keep`; resolves when it is stored. Rejects with `fate_unknown` when that takes too long: it is kept all the same. */
  store(mark: NewMark<By>): Promise<void>;
  /** How many wait. */
  waiting(): number;
  close(): void;
}

interface Waiter {
  readonly tell: () => void;
  readonly until: number;
}

interface Pending<By> {
  readonly mark: NewMark<By>;
  readonly waiters: readonly Waiter[];
}

const roundMs = 100;
const pace = { firstMs: 200, maxMs: 5_000 };
const marksPerBatch = 500;
const triesPerRound = 3;
/** Members times rooms that wait while the bus is away: some 20 MB. */
const maxPending = 50_000;

export function createMarkLog<By>(deps: {
  receipts: Pick<ReceiptLog, 'append'>;
  clock: Clock;
  /** Marks that were stored a moment ago. */
  stored: (marks: readonly NewMark<By>[]) => void;
  patienceMs?: number;
}): MarkLog<By> {
  const { receipts, clock, stored, patienceMs = 8_000 } = deps;
  const closed = new AbortController();
  const name = newId();
  let batches = 0;
  let pending = new Map<string, Pending<By>>();
  let running = false;

  const put = (key: string, { mark, waiters }: Pending<By>): void => {
    const other = pending.get(key);
    if (other === undefined) return void pending.set(key, { mark, waiters });
    const by = mark.read > other.mark.read ? mark.by : other.mark.by;
    const patient = [...other.waiters, ...waiters].filter(({ until }) => until > clock.now());
    pending.set(key, { mark: { ...mark, ...higher(mark, other.mark), by }, waiters: patient });
  };

  /** The same id each time: a batch whose answer was lost is stored once. */
  const append = async (group: readonly Pending<By>[]): Promise<boolean> => {
    const [first] = group;
    if (first === undefined) return true;
    const bytes = encodeReceipts({ at: clock.now(), marks: group.map(({ mark }) => mark) });
    const batch = { bucket: bucketOf(first.mark.room), id: `${name}:${++batches}`, bytes };
    for (let attempt = 0; attempt < triesPerRound && !closed.signal.aborted; attempt++) {
      try {
        await receipts.append(batch);
        return true;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await sleep(backoffMs(attempt, pace), closed.signal);
      }
    }
    return false;
  };

  /** Whether all of it was stored. */
  const round = async (): Promise<boolean> => {
    const taken = pending;
    pending = new Map();
    const groups = inBatches(taken);
    const outcomes = await Promise.all(groups.map((group) => append(group.map(([, one]) => one))));
    for (const [n, group] of groups.entries()) {
      if (outcomes[n] !== true) {
        for (const [key, one] of group) put(key, one);
        continue;
      }
      stored(group.map(([, { mark }]) => mark));
      for (const [, { waiters }] of group) for (const { tell } of waiters) tell();
    }
    return outcomes.every((outcome) => outcome);
  };

  const run = async (): Promise<void> => {
    running = true;
    for (let failures = 0; pending.size > 0 && !closed.signal.aborted; ) {
      await sleep(failures === 0 ? roundMs : backoffMs(failures, pace), closed.signal);
      failures = (await round()) ? 0 : failures + 1;
    }
    running = false;
  };

  const take = (mark: NewMark<By>, waiters: readonly Waiter[]): void => {
    const key = `${mark.room}:${mark.user}`;
    if (pending.size >= maxPending && !pending.has(key)) throw new Failure('busy', { retryMs: 5_000 });
    put(key, { mark, waiters });
    if (!running) void run();
  };

  return {
    keep: (mark) => take(mark, []),
    store: async (mark) => {
      const until = clock.now() + patienceMs;
      const done = new Promise<void>((tell) => take(mark, [{ tell, until }]));
      try {
        await withDeadline('storing a mark', patienceMs, done);
      } catch (cause) {
        if (!(cause instanceof DeadlineError)) throw cause;
        throw new Failure('fate_unknown', { detail: 'It is kept, but not stored yet: repeat it', cause });
      }
    },
    waiting: () => pending.size,
    close: () => closed.abort(),
  };
}

/** Rooms of one bucket share a subject. */
function inBatches<By>(marks: ReadonlyMap<string, Pending<By>>): [string, Pending<By>][][] {
  const buckets = new Map<number, [string, Pending<By>][]>();
  for (const entry of marks) {
    const bucket = bucketOf(entry[1].mark.room);
    const group = buckets.get(bucket);
    if (group === undefined) buckets.set(bucket, [entry]);
    else group.push(entry);
  }
  return [...buckets.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / marksPerBatch) }, (_, n) =>
      group.slice(n * marksPerBatch, (n + 1) * marksPerBatch),
    ),
  );
}
