import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { type Circumstances, circumstances } from './machine.ts';
import { circumstancesText, edgeIngestText, rowText } from './print.ts';
import { type Row, summarize } from './row.ts';
import { type EdgeIngest, edgeIngest } from './scenarios/edge-ingest.ts';
import { fanOut } from './scenarios/fan-out.ts';
import { startGapless } from './scenarios/gapless.ts';
import { ingest } from './scenarios/ingest.ts';

/** Sized for two cores that everything shares, the generator included, and for less than three minutes. */
const shape = {
  people: { accounts: 20, rooms: 10 },
  fanOut: { rounds: 4, clients: 1_000, perSecond: 400, warmUpMs: 1_000, measureMs: 6_000 },
  ingest: { rounds: 4, window: 2_000, rooms: 200, users: 20, warmUpMs: 750, measureMs: 3_000 },
  edgeIngest: { clients: 100, window: 4, warmUpMs: 2_000, measureMs: 4_000 },
};

const results = fileURLToPath(new URL('../../results/', import.meta.url));

export const quickRows = ['ingest', 'fan-out'] as const;
type RowName = (typeof quickRows)[number];
type Progress = (line: string) => void;

/** The first rows, in under three minutes; `false` when one of them is not what it has to be. */
export async function quick(wanted: readonly RowName[] = quickRows): Promise<boolean> {
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1e3)} s`;
  const progress: Progress = (line) => console.log(`  … ${line} (${elapsed()})`);
  const about = circumstances(await engines());
  console.log(`${circumstancesText(about)}\n`);
  const rows: Row[] = wanted.includes('ingest') ? [await ingest(shape.ingest, progress)] : [];
  const system = wanted.includes('fan-out') ? await onSystem(progress) : undefined;
  if (system !== undefined) rows.push(system.row);
  const texts = [...rows.map(rowText), ...(system === undefined ? [] : [edgeIngestText(system.throughEdges)])];
  console.log(`\n${texts.join('\n\n')}\n`);
  const summaries = rows.map((row) => ({ ...row, summary: summarize(row) }));
  const file = write({ about, shape, rows: summaries, throughEdges: system?.throughEdges });
  console.log(`took ${elapsed()}; written to ${file}`);
  return summaries.every(({ summary }) => summary.verdict === 'pass');
}

async function onSystem(progress: Progress): Promise<{ row: Row; throughEdges: EdgeIngest }> {
  const ends = createEnds();
  try {
    progress('starting two edges, api, log worker, NATS and MongoDB');
    const gapless = await startGapless(ends, shape.people);
    progress('people and rooms are made');
    // First: it also runs the edges warm.
    const throughEdges = await edgeIngest(gapless, shape.edgeIngest);
    progress(`through whole edges: ${Math.round(throughEdges.perSecond)} acknowledged sends/s`);
    return { throughEdges, row: await fanOut(gapless, shape.fanOut, progress) };
  } finally {
    await ends.endAll();
  }
}

function write(result: { readonly about: Circumstances; readonly [part: string]: unknown }): string {
  mkdirSync(results, { recursive: true });
  const file = join(results, `quick-${result.about.at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file.slice(results.lastIndexOf('bench/'));
}
