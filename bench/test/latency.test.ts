import t from 'tap';
import { Schedule } from '../src/load/schedule.ts';
import { Tally } from '../src/load/tally.ts';

t.test('what a stall held back is sent at once, under the time at which it was due', async (t) => {
  const sent: [number, number][] = [];
  const schedule = new Schedule({ t0Us: 1_000, perSecond: 1_000 });
  schedule.takeDue(999, (...one) => sent.push(one));
  t.strictSame(sent, []);
  schedule.takeDue(1_000, (...one) => sent.push(one));
  schedule.takeDue(4_500, (...one) => sent.push(one));
  t.strictSame(sent, [
    [0, 1_000],
    [1, 2_000],
    [2, 3_000],
    [3, 4_000],
  ]);
});

t.test('the rate does not drift', async (t) => {
  const due: number[] = [];
  const schedule = new Schedule({ t0Us: 0, perSecond: 1_600 });
  for (let now = 0; now <= 10e6; now += 977) schedule.takeDue(now, (_, dueUs) => due.push(dueUs));
  t.equal(due[16_000 - 1], (16_000 - 1) * 625);
});

t.test('latency counts from the intended time, of what was due within the time that is measured', async (t) => {
  const tally = new Tally();
  tally.measure(1_000_000, 2_000_000);
  tally.delivered(999_999, 1_500_000);
  tally.delivered(1_000_000, 1_200_000);
  tally.delivered(1_999_999, 2_999_999);
  tally.delivered(2_000_000, 2_000_001);
  const { count, p50, max } = tally.latencies.summary();
  t.equal(count, 2);
  t.ok(Math.abs(p50 - 200) < 1, 'to three digits');
  t.ok(Math.abs(max - 1_000) < 5, 'also what came after the end');
  t.equal(tally.deliveries, 4, 'all are deliveries');
});

t.test('deliveries and answers that an earlier run left under way are not counted', async (t) => {
  const tally = new Tally();
  const early = tally.nextSend();
  tally.trouble('refused: busy');
  tally.begin(1_000_000);
  const late = tally.nextSend();
  t.not(late, early);
  tally.delivered(999_999, 1_500_000);
  t.equal(tally.answered(early), false);
  t.same([tally.deliveries, tally.acknowledged, tally.troubles], [0, 0, {}]);
  tally.delivered(1_000_000, 1_500_000);
  t.equal(tally.answered(late), true);
  t.same([tally.deliveries, tally.acknowledged], [1, 1]);
});
