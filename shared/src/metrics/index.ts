import { apiMetrics } from './api-metrics.ts';
import { edgeMetrics } from './edge-metrics.ts';
import type { Metric } from './metric.ts';
import { processMetrics } from './process-metrics.ts';
import { workerMetrics } from './worker-metrics.ts';

/** Every metric, once: processes expose what stands here, documents and tests are made from it. Names lack their prefix. */
export const metricTable = { ...processMetrics, ...edgeMetrics, ...apiMetrics, ...workerMetrics };

type Table = typeof metricTable;
export type MetricName = keyof Table;
/** Names of one kind. */
export type NameOf<K extends Metric['kind']> = {
  [N in MetricName]: Table[N] extends Metric<K> ? N : never;
}[MetricName];
export type LabelOf<N extends MetricName> = keyof Table[N]['labels'] & string;

export const metricPrefix = 'gapless_';

export { edgeMetrics } from './edge-metrics.ts';
export * from './metric.ts';
