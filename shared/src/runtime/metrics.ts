import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `read` is asked at each scrape. */
  gauge(name: string, help: string, read: () => number): Gauge;
  /** One for each value of a label. */
  gauges<L extends string>(
    name: string,
    help: string,
    label: L,
    read: () => Iterable<readonly [string, number]>,
  ): Gauge<L>;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  text(): Promise<string>;
}

/** Names start with `gapless_`, as a dashboard expects; the process's own are Prometheus' usual ones. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (name, help, labels = []) =>
      new Counter({ name: `gapless_${name}`, help, labelNames: [...labels], registers }),
    gauge: (name, help, read) =>
      new Gauge({
        name: `gapless_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      }),
    gauges: <L extends string>(
      name: string,
      help: string,
      label: L,
      read: () => Iterable<readonly [string, number]>,
    ): Gauge<L> =>
      new Gauge({
        name: `gapless_${name}`,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [value, number] of read()) this.labels(value).set(number);
        },
      }),
    histogram: (name, help, buckets) =>
      new Histogram({ name: `gapless_${name}`, help, buckets: [...buckets], registers }),
    text: () => registry.metrics(),
  };
}
