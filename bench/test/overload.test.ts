import t from 'tap';
import { highestOf, recoverySeconds } from '../src/scenarios/overload.ts';

const members = 4;
const good = { offered: 100, deliveries: 400, inTime: 400, p99: 20 };

t.test('an edge has recovered from the second on from which all that is offered arrives in time', async (t) => {
  t.equal(recoverySeconds([good, good], members), 0);
  t.equal(recoverySeconds([{ ...good, inTime: 300 }, good], members), 1, 'what is late, or refused');
  t.equal(recoverySeconds([good, { ...good, deliveries: 300 }, good], members), 0, 'a second that ends amid a batch');
  const nothing = { offered: 100, deliveries: 0, inTime: 0 };
  t.equal(recoverySeconds([nothing, good], members), 1, 'a second of which nothing arrived');
});

t.test('the highest rate is that of a stretch: what a second lacks the next one has', async (t) => {
  const seconds = [100, 400, 200, 600, 0].map((deliveries) => ({ ...good, deliveries }));
  t.equal(highestOf(seconds, 3), 400);
  t.equal(highestOf(seconds.slice(0, 3), 3), 700 / 3);
});
