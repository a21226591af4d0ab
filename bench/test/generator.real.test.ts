import t, { type Test } from 'tap';
import { type Generator, startGenerator } from '../src/load/generator.ts';
import type { LoadReport, OpenLoad } from '../src/load/orders.ts';
import { startBareUws } from '../src/peers/bare-uws.ts';
import { seatsOn } from '../src/scenarios/seats.ts';
import { type Fate, type Script, startScriptedServer } from './scripted-server.ts';
import { room } from './server-frames.ts';

const load: OpenLoad = {
  kind: 'open',
  perSecond: 1_000,
  acknowledges: false,
  warmUpMs: 100,
  measureMs: 1_000,
  // Ends early once all is there; a machine with other work to do needs it.
  drainMs: 6_000,
};
const clients = 3;

/** One run of the whole generator, in its own process, against a server that does as the script says. */
async function reportOf(t: Test, fate: Script['fate'], more: Omit<Script, 'fate'> = {}): Promise<LoadReport> {
  const generator = await generatorOn(t, { fate, ...more });
  return generator.run('crowd', load, { begun: () => undefined, ended: () => undefined });
}

async function generatorOn(t: Test, script: Script): Promise<Generator> {
  const { dialect = 'plain' } = script;
  const server = await startScriptedServer(script);
  const generator = startGenerator();
  t.teardown(generator.close);
  t.teardown(server.close);
  const seat = { host: '127.0.0.1', port: server.port, path: '/ws', token: 'anything', room, dialect };
  const seats = Array.from({ length: clients }, (_, n) => ({ ...seat, localAddress: `127.0.0.${2 + n}` }));
  await generator.connect('crowd', seats);
  return generator;
}

t.test('a server that does right has no faults, and all is counted', async (t) => {
  const report = await reportOf(t, () => 'deliver');
  t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.strictSame(report.troubles, {});
  t.equal(report.delivered, report.expected);
  t.equal(report.expected, report.sent * clients);
  t.ok(Math.abs(report.sent - 1_100) <= 2, `${report.sent} sends in 1.1 s at 1,000 a second`);
  t.ok(report.latency.count >= 990 * clients);
});

t.test('frames that come in pieces of any size are no fault', async (t) => {
  const report = await reportOf(t, () => 'deliver', { pieces: 7 });
  t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.equal(report.delivered, report.expected);
});

t.test('a lost, a doubled and a swapped frame are each noticed', async (t) => {
  const at = (fate: Fate) => (seq: number) => (seq === 500 ? fate : 'deliver');
  const lost = await reportOf(t, at('lose'));
  t.strictSame(lost.faults, { lost: clients, doubled: 0, swapped: 0, broken: 0 });
  t.equal(lost.delivered, lost.expected - clients);
  t.strictSame((await reportOf(t, at('double'))).faults, { lost: 0, doubled: clients, swapped: 0, broken: 0 });
  t.strictSame((await reportOf(t, at('swap'))).faults, { lost: 0, doubled: 0, swapped: clients, broken: 0 });
});

t.test('a lost tail that only one receiver lacks is noticed; who joins is in the chain, and no fault', async (t) => {
  const fates = new Map<number, Fate>([[500, 'a join instead']]);
  const report = await reportOf(t, (seq) => fates.get(seq) ?? (seq > 600 ? 'lose for the first' : 'deliver'));
  t.strictSame(report.faults, { lost: 1, doubled: 0, swapped: 0, broken: 0 });
  t.strictSame(report.troubles, {});
});

t.test('what comes to an inbox meanwhile is nothing of the room', async (t) => {
  const report = await reportOf(t, (seq) => (seq === 500 ? 'behind news of the inbox' : 'deliver'));
  t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.strictSame(report.troubles, {});
  t.equal(report.delivered, report.expected);
});

t.test('where nothing is numbered, what one receiver lacks and what comes twice is noticed by counting', async (t) => {
  const dialect = 'socket.io';
  const right = await reportOf(t, () => 'deliver', { dialect, pieces: 7 });
  t.strictSame(right.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.strictSame(right.troubles, {});
  t.equal(right.delivered, right.sent * clients);
  const fates: Record<number, Fate> = { 400: 'double', 500: 'lose for the first' };
  const wrong = await reportOf(t, (seq) => fates[seq] ?? 'deliver', { dialect });
  t.equal(wrong.faults.lost, 1, 'one has fewer than the others');
  t.equal(wrong.delivered, wrong.expected + clients - 1);
});

t.test('the queue behind a stall of 200 ms counts in full: nothing is omitted', async (t) => {
  const report = await reportOf(t, (seq) => (seq === 600 ? 'stall 200 ms' : 'deliver'));
  t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  const { count, p50, p90, p99, max } = report.latency;
  t.ok(count >= 990 * clients, 'every message is in the histogram');
  t.ok(max >= 195, `the one that met the stall waited ${max} ms`);
  // 200 of 1,000 messages were due within the stall, evenly: each tenth of all of them adds 100 ms.
  t.ok(p99 >= 180, `a hundredth waited ${p99} ms`);
  t.ok(p90 >= 90, `a tenth waited ${p90} ms`);
  t.ok(p50 < p90, `most waited less: ${p50} ms`);
});

t.test('a server that hangs up, or refuses, is a trouble with its reason', async (t) => {
  const report = await reportOf(t, (seq) => (seq === 300 ? 'close with 4008' : 'deliver'));
  t.equal(report.troubles['closed with 4008'], clients);
  t.ok(report.delivered < report.expected);
});

t.test('a fault is of the run in which it happened; refused sends are counted, and not missed', async (t) => {
  const busy = (i: number) => ({ t: 'err', i, code: 'busy', msg: 'wait', retry: 500 });
  const generator = await generatorOn(t, {
    fate: (seq) => (seq === 50 ? 'lose' : 'deliver'),
    refusal: (i) => (i > 310 && i % 2 === 0 ? busy(i) : undefined),
  });
  const short = { ...load, warmUpMs: 0, measureMs: 300, drainMs: 500 };
  const run = () => generator.run('crowd', short, { begun: () => undefined, ended: () => undefined });
  const first = await run();
  t.equal(first.faults.lost, clients);
  const second = await run();
  t.strictSame(second.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.equal(second.sent, first.sent);
  t.ok(Math.abs(second.refused - second.sent / 2) <= 10, `${second.refused} of ${second.sent} were refused`);
  t.equal(second.expected, (second.sent - second.refused) * clients);
  t.equal(second.delivered, second.expected);
  t.strictSame(second.troubles, {});
});

t.test(
  'steps of several rates: what is refused for now is counted, not missed, and each second stands for itself',
  async (t) => {
    const busy = (i: number) => ({ t: 'err', i, code: 'busy', msg: 'wait', retry: 500 });
    const refusal = (i: number) => (i > 1_000 && i % 2 === 0 ? busy(i) : undefined);
    const generator = await generatorOn(t, { fate: () => 'deliver', refusal });
    const steps = [1_000, 2_000].map((perSecond) => ({ perSecond, ms: 1_000 }));
    // Nothing is acknowledged here: the wait for that is in vain.
    const report = await generator.steps('crowd', { steps, drainMs: 500 });
    t.same(
      report.seconds.map(({ offered }) => offered),
      [1_000, 2_000],
    );
    t.equal(report.refused, 1_000);
    t.equal(report.expected, 2_000 * clients);
    t.equal(report.delivered, report.expected);
    t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
    t.strictSame(report.troubles, {});
    t.ok(report.seconds.every(({ p99 }) => p99 !== undefined));
  },
);

t.test('a refusal that does not say when to come back is a trouble', async (t) => {
  const refusal = (i: number) => (i === 5 ? { t: 'err', i, code: 'busy', msg: 'wait' } : undefined);
  const generator = await generatorOn(t, { fate: () => 'deliver', refusal });
  const report = await generator.steps('crowd', { steps: [{ perSecond: 100, ms: 200 }], drainMs: 200 });
  t.strictSame(report.troubles, { 'refused: busy': 1 });
  t.equal(report.refused, 0);
});

t.test('two processes make the load of one, each in its own rooms, and tell of it once', async (t) => {
  const peer = await startBareUws(t, { accounts: 1, rooms: 3 });
  const generator = startGenerator(2);
  t.teardown(generator.close);
  t.equal(new Set(generator.pids).size, 2);
  await generator.connect('crowd', seatsOn(peer, { clients: 3 * clients, hearing: true }));
  const told: string[] = [];
  const window = { begun: () => told.push('begun'), ended: () => told.push('ended') };
  const report = await generator.run('crowd', load, window);
  t.strictSame(told, ['begun', 'ended']);
  t.equal(report.sent, 1_101, 'at 0, 1, … 1,100 ms');
  t.equal(report.expected, report.sent * clients);
  t.equal(report.delivered, report.expected);
  t.strictSame(report.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.strictSame(report.troubles, {});
  t.equal(report.latency.count, 1_000 * clients);
  t.equal(report.lateness.count, report.sent);
  await t.rejects(
    generator.steps('crowd', { steps: [], drainMs: 0 }),
    new RangeError('steps cannot be shared out to 2 processes'),
  );
});
