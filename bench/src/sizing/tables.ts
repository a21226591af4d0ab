import { inputs, valuesOf } from './inputs.ts';
import { type Size, sizeOf, type Workload } from './size.ts';

/** One message in two minutes from everybody who is connected, in rooms where fifty sockets listen. */
export const examples: readonly Workload[] = [10_000, 100_000, 1_000_000].map((connections) => ({
  ...{ connections, sendsPerMinute: 0.5, audience: 50 },
}));

const whole = (value: number) => Math.round(value).toLocaleString('en');
const tenth = (value: number) => (value >= 10 ? whole(value) : value.toFixed(value >= 0.1 ? 1 : 2));

/** The lines of a table, and how each says its figure. */
const lines: readonly (readonly [string, (size: Size, workload: Workload) => string])[] = [
  ['connections', (_, { connections }) => whole(connections)],
  [
    'messages a user and minute; sockets that hear one',
    (_, { sendsPerMinute, audience }) => `${sendsPerMinute}; ${audience}`,
  ],
  ['sends/s', ({ sendsPerSecond }) => whole(sendsPerSecond)],
  ['deliveries/s', ({ deliveriesPerSecond }) => whole(deliveriesPerSecond)],
  ['work of edges, cores', ({ edgeCores }) => tenth(edgeCores)],
  ['**edges**', ({ edges }) => whole(edges)],
  ['edges that hear a message', ({ hearingEdges }) => tenth(hearingEdges)],
  ['memory of edges and their kernels, GB', ({ memoryGb }) => tenth(memoryGb)],
  ['work of NATS, cores', ({ natsCores }) => tenth(natsCores)],
  ['**streams** at least', ({ streams }) => whole(streams)],
  ['**log workers**', ({ workers }) => whole(workers)],
  ['work of log workers, MongoDB and api, cores', ({ writeCores }) => tenth(writeCores)],
  ['log, three days, each copy, GB', ({ logGb }) => tenth(logGb)],
  ['MongoDB, each copy, GB a day', ({ storeGbPerDay }) => tenth(storeGbPerDay)],
  ['with one of each, first full', ({ first }) => `${first.what} (${tenth(first.times)} ×)`],
];

export function sizesTable(workloads: readonly Workload[]): string {
  const sizes = workloads.map((workload) => ({ workload, size: sizeOf(workload, valuesOf(inputs)) }));
  const rows = lines.map(([name, text]) => [name, ...sizes.map(({ size, workload }) => text(size, workload))]);
  const [head = [], ...rest] = rows;
  return table([head, ...rest], '--:');
}

export function inputsTable(): string {
  const rows = Object.entries(inputs).map(([name, { value, unit, what, from }]) => [
    ...[`\`${name}\``, what, `${whole10(value)}${unit === '' ? '' : ` ${unit}`}`, from],
  ]);
  return table([['input', 'what', 'value', 'from'], ...rows], '---');
}

const whole10 = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 1 });

function table([head = [], ...rows]: readonly (readonly string[])[], rule: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : rule))), ...rows.map(line)].join('\n');
}
