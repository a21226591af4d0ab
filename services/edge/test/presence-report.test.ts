import { createMemoryBus, type OwnPresence, type PresenceReport } from '@gapless/shared/bus';
import type { UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { createPresenceReporter } from '../src/presence-report.ts';

const user = (n: number) => `u${String(n).padStart(25, '0')}` as UserId;

const load = {
  ...{ host: 'one:1', version: '1', since: 0, state: 'serving' as const },
  ...{ sockets: 2, users: 1, rooms: 3 },
};

function reporting(t: Test, here: Map<UserId, OwnPresence>) {
  const { presence: reports } = createMemoryBus();
  const heard: PresenceReport[] = [];
  reports.subscribe((report) => void heard.push(report));
  const reporter = createPresenceReporter({
    reports,
    edge: 'one',
    presenceOf: (who) => here.get(who),
    users: () => here.keys(),
    load: () => load,
  });
  t.teardown(() => reporter.stop());
  return { reports, reporter, heard };
}

t.test('changes of a tick leave in one report, and what changed back in none', async (t) => {
  const here = new Map<UserId, OwnPresence>();
  const { reporter, heard } = reporting(t, here);
  await until('the first report', () => heard.length > 0);
  t.match(heard[0], { edge: 'one', n: 1, part: 'only', on: [], load });
  here.set(user(1), 'online').set(user(2), 'away');
  for (const n of [1, 2, 3]) reporter.touch(user(n));
  await until('the change', () => heard.length > 1);
  t.match(heard[1], { n: 2, on: [user(1)], away: [user(2)], off: [] });
  here.delete(user(1));
  reporter.touch(user(1));
  here.set(user(1), 'online');
  here.set(user(2), 'online');
  reporter.touch(user(2));
  await until('the next change', () => heard.length > 2);
  t.match(heard[2], { n: 3, on: [user(2)], away: [], off: [] });
  t.notOk(heard[2]?.on?.includes(user(1)));
});

t.test('an edge without news says that it is there, and tells all to who asks', async (t) => {
  const here = new Map<UserId, OwnPresence>(Array.from({ length: 10_001 }, (_, n) => [user(n), 'online'] as const));
  const { reports, heard } = reporting(t, here);
  await until('a beat', () => heard.some(({ on }) => on === undefined));
  const before = heard.length;
  reports.ask();
  reports.ask();
  await until('the whole of it', () => heard.some(({ part }, n) => n >= before && part === 'last'));
  const parts = heard.slice(before).filter(({ part }) => part !== undefined);
  t.same(
    parts.map(({ part, on }) => [part, on?.length]),
    [
      ['first', 10_000],
      ['last', 1],
    ],
  );
});
