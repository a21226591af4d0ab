import { readFileSync } from 'node:fs';
import t from 'tap';
import { inputs, valuesOf } from '../../src/sizing/inputs.ts';
import { headroom, sizeOf } from '../../src/sizing/size.ts';
import { examples, inputsTable, sizesTable } from '../../src/sizing/tables.ts';

const document = readFileSync(new URL('../../../../docs/sizing.md', import.meta.url), 'utf8');
const values = valuesOf(inputs);
const workload = { connections: 120_000, sendsPerMinute: 1, audience: 10 };

t.test('the document shows the inputs and the sizes that follow from them', async (t) => {
  t.ok(document.includes(inputsTable()), '`npm run sizing` prints what belongs there');
  t.ok(document.includes(sizesTable(examples)));
});

t.test('work is what each send and each delivery costs', async (t) => {
  const round = { ...values, deliveryCpuUs: 10, takeCpuUs: 100, natsSendCpuUs: 50, writeCpuUs: 25 };
  const size = sizeOf(workload, round);
  t.strictSame([size.sendsPerSecond, size.deliveriesPerSecond], [2_000, 20_000]);
  t.equal(size.edgeCores, 0.2 + 0.2);
  t.equal(size.writeCores, 0.05);
});

t.test('there are never fewer than two edges, and as many as connections or work need', async (t) => {
  t.equal(sizeOf({ ...workload, connections: 10 }, values).edges, 2);
  t.equal(sizeOf(workload, { ...values, edgeConnections: 10_000 }).edges, 12);
  const busy = sizeOf(workload, { ...values, deliveryCpuUs: 400 });
  t.equal(busy.edges, Math.ceil(busy.edgeCores * headroom));
});

t.test('a message is heard by no more edges than there are, nor than it has listeners', async (t) => {
  for (const audience of [1, 2, 50, 10_000]) {
    const { edges, hearingEdges } = sizeOf({ ...workload, audience }, { ...values, edgeConnections: 1_000 });
    t.ok(
      hearingEdges <= Math.min(edges, audience) + 1e-9 && hearingEdges > 0,
      `${audience}: ${hearingEdges} of ${edges}`,
    );
  }
});

t.test('what is full first is what the peak would fill most often', async (t) => {
  t.match(sizeOf(workload, values).first.what, 'connections');
  t.strictSame(sizeOf(workload, { ...values, workerEvents: 100 }).first, { what: 'a log worker', times: 20 });
});

t.test('ten times the people need ten times the work, but of NATS more: more edges hear each message', async (t) => {
  const [small, , large] = examples.map((one) => sizeOf(one, values));
  t.equal(((large?.edgeCores ?? 0) / (small?.edgeCores ?? 1)).toFixed(3), '100.000');
  t.ok((large?.natsCores ?? 0) / (small?.natsCores ?? 1) > 100);
});

t.test('a stream has one log worker at a time, and one log worker may die', async (t) => {
  for (const workload of examples) {
    const { streams, workers, sendsPerSecond } = sizeOf(workload, values);
    t.ok(workers - 1 >= (sendsPerSecond * headroom) / values.workerEvents);
    t.ok(streams >= workers - 1, `${workers} on ${streams}`);
  }
});
