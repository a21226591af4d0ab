import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import {
  type LabelOf,
  type Measured,
  type Metric,
  type MetricName,
  metricPrefix,
  metricTable,
  type NameOf,
} from '../metrics/index.ts';
import { Tally } from './tally.ts';

export type { Counter, Histogram } from 'prom-client';

/** What a process tells Prometheus: of the table each at most once, and nothing else. */
export interface Metrics {
  counter<N extends NameOf<'counter'>>(name: N): Counter<LabelOf<N>>;
  /** A counter for hot paths: plain numbers until it is scraped. */
  tally<N extends NameOf<'counter'>>(name: N): Tally;
  /** A counter that somebody else keeps; `read` is asked at each scrape. */
  count(name: NameOf<'counter'>, read: () => number): void;
  /** `read` is asked at each scrape. */
  gauge(name: NameOf<'gauge'>, read: () => number): void;
  /** One for each value of its label. */
  gauges(name: NameOf<'gauge'>, read: () => Iterable<readonly [string, number]>): void;
  histogram<N extends NameOf<'histogram'>>(name: N): Histogram<LabelOf<N>>;
  text(): Promise<string>;
}

export function createMetrics(service: Measured): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const about = (metric: MetricName) => {
    const { of, help, labels, buckets = [] }: Metric = metricTable[metric];
    if (!of.includes(service)) throw new TypeError(`${metric} is no metric of ${service}`);
    const name = `${metricPrefix}${metric}`;
    return { name, help, labelNames: Object.keys(labels), registers, buckets: [...buckets] };
  };
  const gauges: Metrics['gauges'] = (name, read) => {
    const { labelNames, ...rest } = about(name);
    new Gauge({
      ...rest,
      labelNames,
      collect() {
        this.reset();
        for (const [value, number] of read()) this.set({ [labelNames[0] as string]: value }, number);
      },
    });
  };

  new Gauge(about('build_info')).set({ version: ownVersion(), node: process.version }, 1);
  const metrics: Metrics = {
    counter: (name) => new Counter(about(name)) as never,
    tally: (name) => {
      const told = about(name);
      const tally = new Tally();
      new Counter({
        ...told,
        collect() {
          this.reset();
          for (const [value, count] of tally.counts) this.inc({ [told.labelNames[0] as string]: value }, count);
        },
      });
      return tally;
    },
    count: (name, read) =>
      void new Counter({
        ...about(name),
        collect() {
          this.reset();
          this.inc(read());
        },
      }),
    gauge: (name, read) =>
      void new Gauge({
        ...about(name),
        collect() {
          this.set(read());
        },
      }),
    gauges,
    histogram: (name) => new Histogram(about(name)) as never,
    text: () => registry.metrics(),
  };
  metrics.gauge('event_loop_utilization_ratio', utilization());
  return metrics;
}

/** Since the last time that it was asked. */
function utilization(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
