import t from 'tap';
import { fleetFault } from '../src/fleet/print.ts';
import { startGapless } from '../src/scenarios/gapless.ts';
import { makeRoom } from '../src/scenarios/population.ts';
import { rollingRestart } from '../src/scenarios/rolling-restart.ts';

t.test('every edge in turn is stopped or killed under load: nothing is lost, nothing comes twice', async (t) => {
  const gapless = await startGapless(t, { edgeCount: 3, accounts: 6, rooms: 6 });
  const shape = { members: 30, roomsEach: 2, perSecond: 200, quietMs: 300 };
  const { system, population } = gapless;
  // Inboxes have events too.
  const joins: Promise<string>[] = [];
  const growth = setInterval(() => {
    joins.push(makeRoom(system.api.url, `Room ${joins.length} of later`, population.tokens));
  }, 1_000);
  t.teardown(() => clearInterval(growth));
  const report = await rollingRestart(gapless, shape, ['restart', 'kill -9', 'restart'], (line) => t.comment(line));
  clearInterval(growth);
  await Promise.all(joins);
  t.comment(JSON.stringify(report));
  t.equal(fleetFault(report), undefined, `${report.acknowledged} messages, each once for everybody`);
  t.ok(report.acknowledged > 200);
  t.ok(report.resume.count >= shape.members, 'everybody had to move');
});
