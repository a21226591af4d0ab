import t from 'tap';
import { createMetrics } from '../../src/runtime/index.ts';

t.test('metrics bear the prefix and the service', async (t) => {
  const metrics = createMetrics('edge');
  metrics.counter('frames_total', 'Frames', ['op']).inc({ op: 'send' }, 3);
  let depth = 5;
  metrics.gauge('depth', 'Depth', () => depth);
  metrics.histogram('wait_seconds', 'Wait', [0.1, 1]).observe(0.5);
  t.match(await metrics.text(), 'gapless_frames_total{op="send",service="edge"} 3');
  t.match(await metrics.text(), 'gapless_depth{service="edge"} 5');
  depth = 6;
  t.match(await metrics.text(), 'gapless_depth{service="edge"} 6', 'asked at each scrape');
  t.match(await metrics.text(), /gapless_wait_seconds_bucket\{le="1",service="edge"\} 1/);
});

t.test('two services in one process do not share them', async (t) => {
  createMetrics('edge').counter('sent_total', 'Sent').inc();
  t.notMatch(await createMetrics('api').text(), /gapless_sent_total/);
});
