/** The process of one row: whatever becomes of it, what it started is ended with it. */
import { createEnds } from '../ends.ts';
import { obeyOrders } from '../ordered-process.ts';
import { everyRow } from './all.ts';
import { createPeers } from './peers.ts';
import { type RowOutcome, resultOf } from './row.ts';

export interface RowOrder {
  readonly id: string;
  readonly isQuick: boolean;
  readonly budgetSeconds: number;
}

export type RowSays =
  | { readonly say: 'progress'; readonly line: string }
  | { readonly say: 'outcome'; readonly outcome: RowOutcome };

/** To end what was started. */
const endingSeconds = 15;

obeyOrders<RowOrder, RowSays>(async ({ id, isQuick, budgetSeconds }, say) => {
  const row = everyRow.find((one) => one.id === id);
  if (row === undefined) throw new RangeError(`there is no row ${id}`);
  const began = performance.now();
  const hasTimeFor = (seconds: number) => (performance.now() - began) / 1e3 + seconds + endingSeconds < budgetSeconds;
  const ends = createEnds();
  const peers = createPeers(ends);
  const progress = (line: string) => say({ say: 'progress', line });
  const finding = await row
    .run({ ends, progress, hasTimeFor, isQuick, guests: isQuick ? [] : (row.guests ?? []), openPeer: peers.open })
    .finally(async () => ends.endAll());
  say({ say: 'outcome', outcome: { result: resultOf(row, finding), peers: peers.presence() } });
});
