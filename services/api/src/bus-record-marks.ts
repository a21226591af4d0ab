import { type Bus, bucketOf, encodeReceipts, type Mark } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { encodeFrame } from '@gapless/shared/protocol';
import { backoffMs, type Clock, sleep } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';
import type { RecordRead } from './domain/reading/mark-read.ts';
import type { RecordUnread } from './domain/reading/mark-unread.ts';

const tries = 3;
const pace = { firstMs: 200, maxMs: 1_000 };

/** As an edge does it: stored in the stream of receipts first, then told to the room and to the user's devices. */
export function createBusRecordMarks(deps: { bus: () => Pick<Bus, 'receipts' | 'signals'>; clock: Clock }): {
  readonly read: RecordRead;
  readonly unread: RecordUnread;
} {
  const { bus, clock } = deps;
  const self = newId();
  let batches = 0;

  const store = async (mark: Mark): Promise<void> => {
    const bytes = encodeReceipts({ at: clock.now(), marks: [mark] });
    const batch = { bucket: bucketOf(mark.room), id: `${self}:${++batches}`, bytes };
    for (let attempt = 1; ; attempt++) {
      try {
        return await bus().receipts.append(batch);
      } catch (error) {
        if (!(error instanceof Failure) || attempt === tries) throw error;
        await sleep(backoffMs(attempt, pace));
      }
    }
  };

  return {
    read: async ({ room, user, seq, readAt }, told) => {
      await store({ room, user, recv: seq, read: seq, readAt });
      const { signals } = bus();
      if (told) signals.toRoom(room, Buffer.from(encodeFrame({ t: 'rcpt', r: room, w: [[user, seq, seq]] })));
      signals.toUser(user, Buffer.from(JSON.stringify({ t: 'readelse', r: room, s: seq, by: self })));
    },
    unread: async ({ room, user, unread }) => {
      await store({ room, user, recv: 0, read: 0, unread });
      const { s, v } = unread;
      bus().signals.toUser(user, Buffer.from(JSON.stringify({ t: 'unread', r: room, s, v, by: self })));
    },
  };
}
