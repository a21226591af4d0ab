import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import { type CrowdFigures, receiptCrowd } from './scenarios/receipt-crowd.ts';

const members = 10_000;
const people = { accounts: 1, rooms: 1, edgeCount: 2, api: { roomMembersLimit: members + 10 } };
const stretch = { members, perSecond: 1, seconds: 20 };
const targets = { framesPerSecond: 1, cpuRatio: 3, inMongoMs: 5_000 };

/** What it costs that everybody in a room of 10,000 reads along, against the same messages without receipts. */
export async function receiptsFigures(sockets: number): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const found = await receiptCrowd(await startGapless(ends, people), { ...stretch, sockets });
    const rows = rowsOf(found);
    console.log(
      `${members.toLocaleString('en')} members, ${found.counted.sockets} of them with a socket on 2 edges, reading along`,
    );
    for (const { figure, target, measured, good } of rows) {
      const verdict = good === undefined ? '' : `; target ${target}: ${good ? 'PASS' : 'SHORT'}`;
      console.log(`${figure}: ${measured}${verdict}`);
    }
    return rows.every(({ good }) => good !== false);
  } finally {
    await ends.endAll();
  }
}

interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly target?: string;
  readonly good?: boolean;
}

function rowsOf({ off, on, uncoalesced, marksPerSecond, rowsPerSecond, inMongoMs, counted }: CrowdFigures): Row[] {
  const ratio = on.edgeCpuMsPerMessage / off.edgeCpuMsPerMessage;
  return [
    {
      figure: 'receipts at each socket',
      measured: `${on.framesPerSecond.toFixed(2)} frames/s, ${Math.round(on.bytesPerSecond)} B/s; one by one ${Math.round(uncoalesced)} frames/s`,
      target: `≤ ${targets.framesPerSecond} frame/s`,
      good: on.framesPerSecond <= targets.framesPerSecond,
    },
    {
      figure: 'CPU of the edges for each message, with receipts / without',
      measured: `${on.edgeCpuMsPerMessage.toFixed(1)} / ${off.edgeCpuMsPerMessage.toFixed(1)} ms = ${ratio.toFixed(2)}`,
      target: `≤ ${targets.cpuRatio}`,
      good: ratio <= targets.cpuRatio,
    },
    {
      figure: 'marks that members said, and rows that the log worker wrote of them',
      measured: `${Math.round(marksPerSecond)} and ${Math.round(rowsPerSecond)} a second`,
    },
    {
      figure: 'from the last mark to all of them in MongoDB',
      measured: `${Math.round(inMongoMs)} ms`,
      target: `≤ ${targets.inMongoMs} ms`,
      good: inMongoMs <= targets.inMongoMs,
    },
    {
      figure: 'readers that the crowd was told of in the end, but the author',
      measured: String(counted.n),
      target: `≥ ${counted.sockets - 1}`,
      good: counted.n >= counted.sockets - 1,
    },
  ];
}
