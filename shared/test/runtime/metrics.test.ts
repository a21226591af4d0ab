import t from 'tap';
import { metricTable } from '../../src/metrics/index.ts';
import { createMetrics } from '../../src/runtime/index.ts';

t.test('metrics bear the prefix and the service', async (t) => {
  const metrics = createMetrics('edge');
  metrics.counter('edge_errors_total').inc({ code: 'busy' }, 3);
  let sockets = 5;
  metrics.gauge('edge_sockets', () => sockets);
  metrics.histogram('edge_send_seconds').observe(0.5);
  t.match(await metrics.text(), 'gapless_edge_errors_total{code="busy",service="edge"} 3');
  t.match(await metrics.text(), 'gapless_edge_sockets{service="edge"} 5');
  sockets = 6;
  t.match(await metrics.text(), 'gapless_edge_sockets{service="edge"} 6', 'asked at each scrape');
  t.match(await metrics.text(), /gapless_edge_send_seconds_bucket\{le="0.5",service="edge"\} 1/);
  t.match(await metrics.text(), /gapless_build_info\{version="[\d.]+",node="v[\d.]+",service="edge"\} 1/);
});

t.test('a tally is a counter, however often it is scraped', async (t) => {
  const metrics = createMetrics('edge');
  const frames = metrics.tally('edge_frames_total');
  for (const op of ['send', 'read', 'send']) frames.add(op);
  await metrics.text();
  t.match(await metrics.text(), 'gapless_edge_frames_total{op="send",service="edge"} 2');
});

t.test("two services in one process do not share them, and none has what is another's", async (t) => {
  createMetrics('edge').counter('edge_drops_total').inc();
  t.notMatch(await createMetrics('api').text(), /gapless_edge_drops_total/);
  t.throws(() => createMetrics('api').counter('edge_drops_total'), TypeError);
});

t.test('names and labels are as Prometheus has them', async (t) => {
  for (const [name, { kind, labels, help, of }] of Object.entries(metricTable)) {
    t.match(name, /^[a-z][a-z0-9_]*$/, name);
    t.equal(name.endsWith('_total'), kind === 'counter', `${name}: counters, and only they, end in _total`);
    if (kind === 'histogram') t.match(name, /_(seconds|bytes|events)$/, `${name} names its unit`);
    t.notMatch(name, /_(ms|millis|kb|mb)\b/, `${name}: base units`);
    for (const label of Object.keys(labels)) {
      t.match(label, /^[a-z]+$/, `${name}: ${label}`);
      t.notOk(['user', 'room', 'address', 'service', 'le'].includes(label), `${name}: ${label} is bounded`);
    }
    t.ok(help.length > 5 && of.length > 0, name);
  }
});
