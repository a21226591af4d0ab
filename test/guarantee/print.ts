import type { Harm, HarmKind } from './evidence.ts';
import type { Tally } from './run.ts';

const kinds: readonly HarmKind[] = [
  'lost',
  'doubled',
  'reordered',
  'altered',
  'invented',
  'broken chain',
  'shown again',
  'leaked',
  'unsettled',
  'two writers',
  'crashed',
];
const mostHarmsShown = 30;

/** What a run comes to, in lines that fit a document. */
export function tallyText(tally: Tally): string {
  const { seed, seconds, cluster, harms, faults, mishaps } = tally;
  const shape = cluster ? '3 nats-servers (R3) and 3 mongods' : '1 nats-server and 1 mongod';
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);
  const rows: [string, number][] = [
    ['messages, edits, deletions and reactions asked for', tally.asked],
    ['acknowledged', tally.acknowledged],
    ['joins, leaves and removals', tally.moves],
    ['events in the log', tally.events],
    [`frames seen by ${tally.clients} clients over ${tally.connections} connections`, tally.framesSeen],
    ['live messages dropped, doubled, swapped or delayed', sum(mishaps)],
    ['faults', sum(faults)],
    ...Object.entries(faults)
      .sort()
      .map(([kind, count]): [string, number] => [`  ${kind}`, count]),
    ...kinds.map((kind): [string, number] => [kind, harms.filter((harm) => harm.kind === kind).length]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `seed ${seed}, ${seconds} s, ${shape}`,
    ...rows.map(([name, count]) => `  ${name.padEnd(width)}  ${count.toLocaleString('en').padStart(9)}`),
  ].join('\n');
}

export function harmsText(harms: readonly Harm[]): string {
  const shown = harms.slice(0, mostHarmsShown).map(({ kind, what }) => `  ${kind}: ${what}`);
  const more = harms.length > shown.length ? [`  and ${harms.length - shown.length} more`] : [];
  return [...shown, ...more].join('\n');
}
