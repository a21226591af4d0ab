import { type Bus, bucketOf, encodeReceipts } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { encodeFrame } from '@gapless/shared/protocol';
import { backoffMs, type Clock, sleep } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';
import type { RecordRead } from './domain/mark-read.ts';

const tries = 3;
const pace = { firstMs: 200, maxMs: 1_000 };

/** As an edge does it: stored in the stream of receipts first, then told to the room and to the user's devices. */
export function createBusRecordRead(deps: { bus: () => Pick<Bus, 'receipts' | 'signals'>; clock: Clock }): RecordRead {
  const { bus, clock } = deps;
  const self = newId();
  let batches = 0;

  return async ({ room, user, seq }, told) => {
    const { receipts, signals } = bus();
    const bytes = encodeReceipts({ at: clock.now(), marks: [{ room, user, recv: seq, read: seq }] });
    const batch = { bucket: bucketOf(room), id: `${self}:${++batches}`, bytes };
    for (let attempt = 1; ; attempt++) {
      try {
        await receipts.append(batch);
        break;
      } catch (error) {
        if (!(error instanceof Failure) || attempt === tries) throw error;
        await sleep(backoffMs(attempt, pace));
      }
    }
    if (told) signals.toRoom(room, Buffer.from(encodeFrame({ t: 'rcpt', r: room, w: [[user, seq, seq]] })));
    signals.toUser(user, Buffer.from(JSON.stringify({ t: 'readelse', r: room, s: seq, by: self })));
  };
}
