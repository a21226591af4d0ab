import { fileURLToPath } from 'node:url';
import { engines } from '@gapless/shared/testing';
import { circumstances } from './machine.ts';
import { startOrdered } from './ordered-process.ts';
import { installPeers } from './peers/install-peers.ts';
import { circumstancesText, resultText } from './print.ts';
import { countHere } from './rows/peers.ts';
import { type BenchRow, failedResult, isMet, type RowOutcome } from './rows/row.ts';
import type { RowOrder, RowSays } from './rows/row-process.ts';
import type { BenchResult, PeerPresence } from './table/result.ts';
import { writeResult } from './table/write.ts';

export interface BenchRun {
  /** The first part of the name under which the result is written. */
  readonly name: string;
  readonly rows: readonly BenchRow[];
  readonly isQuick: boolean;
}

const script = fileURLToPath(new URL('./rows/row-process.js', import.meta.url));
/** What the guardian of a row takes to end everything that it started. */
const clearedMs = 6_000;

/** Row after row, each in a process of its own; `true` when all targets are met. */
export async function runBench({ name, rows, isQuick }: BenchRun): Promise<boolean> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1e3);
  const about = circumstances(await engines());
  console.log(`${circumstancesText(about)}\n`);
  if (!isQuick) await installPeers((line) => console.log(line));
  const outcomes: RowOutcome[] = [];
  for (const row of rows) {
    const guests = isQuick ? 0 : await countHere(row.guests ?? []);
    const budgetSeconds = row.budgetSeconds + guests * (row.guestSeconds ?? 0);
    console.log(`${row.id}: ${row.title}; at most ${budgetSeconds} s`);
    outcomes.push(
      await outcomeOf(row, { isQuick, budgetSeconds }, (line) => console.log(`  … ${row.id} ${line} (${seconds()} s)`)),
    );
  }
  const result: BenchResult = {
    about,
    tookSeconds: seconds(),
    rows: outcomes.map((outcome) => outcome.result),
    peers: presenceOf(outcomes),
  };
  console.log(`\n${resultText(result)}\n`);
  console.log(`took ${seconds()} s; written to ${writeResult(name, result)}`);
  return isMet(result);
}

/** A row that fails, or takes longer than it may, has no figure; the others go on. */
async function outcomeOf(
  row: BenchRow,
  order: Omit<RowOrder, 'id'>,
  progress: (line: string) => void,
): Promise<RowOutcome> {
  const process = startOrdered<RowOrder, RowSays>(row.id, script);
  let overrun: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      const why = `not done within ${order.budgetSeconds} s`;
      overrun = setTimeout(() => reject(new Error(why)), order.budgetSeconds * 1e3);
    });
    const answered = process.ask({ id: row.id, ...order }, (said) => {
      if (said.say === 'progress') progress(said.line);
      return said.say === 'outcome' ? said.outcome : undefined;
    });
    const outcome = await Promise.race([answered, late]);
    process.close();
    return outcome;
  } catch (error) {
    const why = (error as Error).message;
    progress(`no figure: ${why}`);
    process.close();
    await new Promise((resolve) => setTimeout(resolve, clearedMs));
    return { result: failedResult(row, why), peers: [] };
  } finally {
    clearTimeout(overrun);
  }
}

/** Who was measured in one row was measured. */
function presenceOf(outcomes: readonly RowOutcome[]): PeerPresence[] {
  const all = new Map<string, PeerPresence>();
  for (const peer of outcomes.flatMap(({ peers }) => peers)) {
    if (all.get(peer.name)?.version === undefined) all.set(peer.name, peer);
  }
  return [...all.values()];
}
