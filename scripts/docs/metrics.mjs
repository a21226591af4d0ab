/** `docs/metrics.md`: what every process tells Prometheus. */
import { metricPrefix, metricTable } from '@gapless/shared/metrics';
import { code, table } from './markdown.mjs';

const metricSections = [
  ['Every process', ({ of }) => of.length === 3],
  ['API and log worker', ({ of }) => of.length === 2 && of.includes('api')],
  ['Edge', ({ of }) => of.includes('edge') && of.length < 3],
  ['API', ({ of }) => of.length === 1 && of[0] === 'api'],
  ['Log worker', ({ of }) => of.includes('log-worker') && !of.includes('api') && of.length < 3],
];

export function metricsDocument() {
  const sections = metricSections.map(([title, belongs]) => {
    const own = Object.entries(metricTable).filter(([, metric]) => belongs(metric));
    const rows = own.map(([name, { kind, labels, help }]) => [
      code(`${metricPrefix}${name}`),
      kind,
      Object.entries(labels)
        .map(([label, values]) => `${code(label)}: ${labelValues(values)}`)
        .join('; '),
      help,
    ]);
    return `## ${title}\n\n${table(['name', 'kind', 'labels', 'meaning'], rows)}\n`;
  });
  return `# Metrics

<!-- Written by scripts/write-docs.mjs from shared/src/metrics: change it there. -->

\`/metrics\` of each process, for Prometheus, on the address of \`GAPLESS_ADMIN_HOST\` and \`GAPLESS_ADMIN_PORT\`: loopback unless
told otherwise, and never public. With \`GAPLESS_EDGE_PROCESSES\` above 1 each of them has its own, on the ports behind that one;
the process that started them tells of itself only. Which to alert on, and how, is in
[operations.md](operations.md#metrics).

All have the label \`service\` (\`edge\`, \`api\`, \`log-worker\`). What labels may be is a closed set: never a user, a room or an address.
Times between two machines are as good as their clocks agree; what would be below zero counts as zero. Beside these stand the usual
ones of a Node process: \`process_*\` (its start, CPU, memory, open files) and \`nodejs_*\` (heap, garbage collection in
\`nodejs_gc_duration_seconds\`, and how late the event loop comes in \`nodejs_eventloop_lag_p50_seconds\`, \`_p99_\` and \`_max_\`, each since
the scrape before).

${sections.join('\n')}`;
}

const labelValues = (values) => (Array.isArray(values) ? values.map(code).join(', ') : values.words);
