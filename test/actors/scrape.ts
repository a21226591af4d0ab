import { type Measured, type Metric, metricPrefix, metricTable } from '@gapless/shared/metrics';
import type { Test } from 'tap';

/** What a process tells Prometheus, held against the table: all that is documented of it, and nothing else. */
export async function expectMetrics(t: Test, service: Measured, adminUrl: string | undefined): Promise<string> {
  const text = await (await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  const exposed = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', kind = '']) => [name, kind]);
  const own = exposed.filter(([name = '']) => !/^(process|nodejs)_/.test(name));
  const documented = Object.entries<Metric>(metricTable).filter(([, { of }]) => of.includes(service));
  t.strictSame(
    own.map(([name, kind]) => `${name} ${kind}`).sort(),
    documented.map(([name, { kind }]) => `${metricPrefix}${name} ${kind}`).sort(),
    `${service}: what is exposed is what is documented`,
  );
  for (const fact of ['process_start_time_seconds', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_gc_duration_seconds']) {
    t.ok(
      exposed.some(([name]) => name === fact),
      `${service}: ${fact}`,
    );
  }
  t.strictSame(strangeLabels(text), [], `${service}: labels are of their closed sets`);
  return text;
}

/** The figure of the first line with that name and those labels; 0 where there is none. */
export function figureOf(text: string, name: string, labels = ''): number {
  const full = name.startsWith('process_') ? name : `${metricPrefix}${name}`;
  const line = text.split('\n').find((one) => one.startsWith(`${full}{`) && one.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
}

function strangeLabels(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith(metricPrefix));
  return lines.filter((line) => {
    const [, name = '', list = ''] = /^(\w+)\{(.*)\} /.exec(line) ?? [];
    const short = name.slice(metricPrefix.length);
    const table: Readonly<Record<string, Metric>> = metricTable;
    const labels = (table[short] ?? table[short.replace(/_(bucket|sum|count)$/, '')])?.labels ?? {};
    const given = Array.from(
      list.matchAll(/(\w+)="([^"]*)"/g),
      ([, label = '', value = '']) => [label, value] as const,
    );
    return given.some(([label, value]) => {
      if (label === 'service' || label === 'le') return false;
      const values = labels[label];
      return !(values === undefined
        ? false
        : 'pattern' in values
          ? values.pattern.test(value)
          : values.includes(value));
    });
  });
}
