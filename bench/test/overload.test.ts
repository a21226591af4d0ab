import t from 'tap';
import { recoverySeconds } from '../src/scenarios/overload.ts';

const members = 4;
const good = { offered: 100, deliveries: 400, p99: 20 };

t.test('an edge has recovered from the second on from which all that is offered arrives in time', async (t) => {
  t.equal(recoverySeconds([good, good], members), 0);
  t.equal(recoverySeconds([{ ...good, p99: 1_500 }, good], members), 1, 'what is late');
  t.equal(recoverySeconds([good, { ...good, deliveries: 300 }, good], members), 2, 'what is refused');
  t.equal(recoverySeconds([{ offered: 100, deliveries: 0 }, good], members), 1, 'a second of which nothing arrived');
});
