import type { RoomId } from '@gapless/shared/schema';
import type { Message } from '../log/event-store.ts';
import { foldChanges } from '../log/fold-changes.ts';
import { isLoggedChange } from '../log/log-tail.ts';
import type { MessageRows } from '../log/message-rows.ts';
import type { UnwrittenEvents } from '../log/unwritten-events.ts';

/** Those of these numbers that are messages, as every change that was acknowledged leaves them: some may be deleted. */
export type CurrentMessages = (room: RoomId, seqs: readonly number[]) => Promise<Message[]>;

export function createCurrentMessages(deps: {
  rows: Pick<MessageRows, 'at' | 'watermark'>;
  unwritten: UnwrittenEvents;
}): CurrentMessages {
  const { rows, unwritten } = deps;
  return async (room, seqs) => {
    if (seqs.length === 0) return [];
    const watermark = await rows.watermark(room);
    const changes = await unwritten(room, Math.max(watermark, Math.min(...seqs)));
    const found = (await rows.at(room, seqs, watermark)).filter(({ hidden }) => !hidden);
    const messages = found.map(({ message }) => message);
    return foldChanges(messages, changes.filter(isLoggedChange));
  };
}
