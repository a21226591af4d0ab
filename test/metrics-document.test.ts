import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settings } from '@gapless/shared/config';
import { metricPrefix, metricTable } from '@gapless/shared/metrics';
import t from 'tap';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const alerts = read('deploy/prometheus/alerts.yml');
const operations = read('docs/operations.md');

/** Of a histogram the lines that it is made of. */
const names = new Set(
  Object.entries(metricTable).flatMap(([name, { kind }]) =>
    (kind === 'histogram' ? ['_bucket', '_sum', '_count', ''] : ['']).map((end) => `${metricPrefix}${name}${end}`),
  ),
);

t.test("every metric that an alert or the operators' guide names is there", async (t) => {
  for (const [where, text] of Object.entries({ alerts, operations })) {
    const named = new Set(Array.from(text.matchAll(/\bgapless_[a-z_]*[a-z]\b/g), ([name]) => name));
    t.ok(named.size > 10, where);
    for (const name of named) t.ok(names.has(name), `${where}: ${name}`);
  }
});

t.test('every alert is explained, and only they are', async (t) => {
  const rules = Array.from(alerts.matchAll(/- alert: (\w+)/g), ([, name]) => name).sort();
  const told = Array.from(operations.matchAll(/`(Gapless[A-Z]\w+)`/g), ([, name]) => name).sort();
  t.strictSame(told, rules);
  for (const [, labels] of alerts.matchAll(/by \((\w+)\)/g)) t.ok(['le', 'stream'].includes(labels ?? ''));
});

t.test('metrics are not public: loopback by default, and the stack publishes the proxy alone', async (t) => {
  t.equal(settings.adminHost.fallback, '127.0.0.1');
  const stack = read('docker-compose.yml');
  const services = stack.slice(stack.indexOf('\nservices:\n'), stack.indexOf('\nnetworks:\n'));
  const publishing = services.split(/\n {2}(?=[\w-]+:\n)/).filter((service) => /^ {4}(ports|expose):/m.test(service));
  t.strictSame(
    publishing.map((service) => service.split(':')[0]),
    ['proxy'],
  );
  t.notMatch(read('deploy/proxy/Caddyfile'), /9080|metrics/, 'and the proxy leads to none of them');
  t.match(stack, /\n {2}bus:\n {4}internal: true/);
});
