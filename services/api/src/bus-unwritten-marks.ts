import { type LoggedReceipts, type ReceiptLog, readableReceipts, type StreamState } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { highest, type MarkStore, type MemberMark, markKey, type UnwrittenMarks } from './domain/reading/marks.ts';

const batchesARead = 256;
/** Beyond them nothing is said of marks until the log worker has caught up: reading them all would take too long. */
const maxUnwritten = 20_000;
/** Marks that are remembered from one question to the next. */
const maxRemembered = 100_000;

interface Remembered {
  readonly created: string;
  upTo: number;
  readonly marks: Map<string, MemberMark>;
}

/**
 * The end of the stream of receipts behind what MongoDB holds. It is short while a log worker runs, and only what came since
 * the question before is read. All who ask while one is answered share the next answer, which begins after they asked.
 */
export function createBusUnwrittenMarks(deps: {
  receipts: () => Pick<ReceiptLog, 'state' | 'read'>;
  store: Pick<MarkStore, 'applied'>;
}): UnwrittenMarks {
  const { receipts, store } = deps;
  let remembered: Remembered = { created: '', upTo: 0, marks: new Map() };
  let running: ReturnType<UnwrittenMarks> | undefined;
  let next: ReturnType<UnwrittenMarks> | undefined;

  const read: UnwrittenMarks = async () => {
    const applied = await store.applied();
    const log = receipts();
    const state = await log.state();
    if (state === undefined) return new Map();
    const isOfIt = applied?.created === state.created && applied.seq <= state.last;
    const upTo = Math.max(isOfIt ? applied.seq : 0, state.first - 1);
    if (!isStillGood(remembered, state, upTo)) remembered = { created: state.created, upTo, marks: new Map() };
    const known = remembered;
    if (state.last - known.upTo > maxUnwritten) {
      throw new Failure('log_unavailable', { detail: 'the log worker is far behind with receipts' });
    }
    while (known.upTo < state.last) {
      const batches = await log.read(known.upTo + 1, batchesARead);
      // A follower that is behind: the leader said that there is more.
      if (batches.length === 0) throw new Failure('log_unavailable', { detail: 'receipts not readable now' });
      for (const batch of batches) learn(known, batch);
    }
    return known.marks;
  };

  const start = (): ReturnType<UnwrittenMarks> => {
    next = undefined;
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  };

  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}

const isStillGood = ({ created, upTo, marks }: Remembered, state: StreamState, written: number): boolean =>
  created === state.created && upTo <= state.last && upTo > written && marks.size <= maxRemembered;

function learn(known: Remembered, { seq, bytes }: LoggedReceipts): void {
  const batch = readableReceipts(bytes);
  for (const mark of batch?.marks ?? []) {
    // Marking unread is no mark that others see.
    const at = new Date(mark.recv === 0 ? 0 : (batch?.at ?? 0));
    const key = markKey(mark);
    const raised = highest(known.marks.get(key), { ...mark, at });
    if (raised !== undefined) known.marks.set(key, raised);
  }
  known.upTo = Math.max(known.upTo, seq);
}
