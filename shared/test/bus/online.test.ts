import t from 'tap';
import { createOnline } from '../../src/bus/index.ts';
import type { UserId } from '../../src/schema/index.ts';

const user = (n: number) => `u${String(n).padStart(25, '0')}` as UserId;
const all = { above: undefined, limit: 100 };

function watched() {
  let now = 1_000;
  const online = createOnline({ clock: { now: () => now } });
  const pass = (ms: number): void => {
    now += ms;
    online.sweep();
  };
  return { online, pass };
}

t.test('a user is online while he is on any edge, and away when he is at none of his devices', async (t) => {
  const { online } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1)], away: [user(2)] });
  online.heard({ edge: 'two', n: 1, part: 'only', away: [user(1)] });
  t.equal(online.presenceOf(user(1)), 'online');
  t.equal(online.presenceOf(user(2)), 'away');
  t.equal(online.presenceOf(user(3)), undefined);
  online.heard({ edge: 'one', n: 2, off: [user(1)] });
  t.equal(online.presenceOf(user(1)), 'away');
  t.same(online.page(all), [user(1), user(2)]);
});

t.test('who comes back within the grace was never gone, who does not is', async (t) => {
  const { online, pass } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1), user(2)] });
  online.heard({ edge: 'one', n: 2, off: [user(1), user(2)] });
  pass(3_000);
  online.heard({ edge: 'two', n: 1, part: 'only', on: [user(1)] });
  t.same(online.page(all), [user(1), user(2)]);
  online.heard({ edge: 'two', n: 2 });
  pass(2_500);
  t.same(online.page(all), [user(1)]);
});

t.test('an edge that falls silent takes its users along within ten seconds', async (t) => {
  const { online, pass } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1)] });
  for (let sweeps = 0; sweeps < 20; sweeps++) pass(500);
  t.same(online.page(all), []);
  t.equal(online.users, 0);
});

t.test('silence counts for nothing while the bus is interrupted', async (t) => {
  const { online, pass } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1)] });
  for (let second = 0; second < 60; second++) {
    online.interrupted();
    pass(1_000);
  }
  t.same(online.page(all), [user(1)]);
});

t.test('an edge that says good-bye is not waited for, its users are', async (t) => {
  const { online, pass } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1)] });
  online.heard({ edge: 'one', n: 2, gone: true });
  t.equal(online.presenceOf(user(1)), 'online');
  pass(5_001);
  t.equal(online.presenceOf(user(1)), undefined);
});

t.test('a lost report is noticed, and a whole list mends what it left', async (t) => {
  const { online, pass } = watched();
  t.equal(online.heard({ edge: 'one', n: 5, on: [user(1)] }), false, 'the edge was not known');
  t.equal(online.heard({ edge: 'one', n: 6, on: [user(2)] }), true);
  t.equal(online.heard({ edge: 'one', n: 8, on: [user(4)] }), false, 'number 7 is missing');
  online.heard({ edge: 'one', n: 9, part: 'first', on: [user(1)] });
  online.heard({ edge: 'one', n: 10, part: 'next', on: [user(3)] });
  t.same(online.page(all), [user(1), user(2), user(4)], 'half a list changes nothing');
  online.heard({ edge: 'one', n: 11, part: 'last', on: [user(4)] });
  online.heard({ edge: 'one', n: 12 });
  pass(3_000);
  online.heard({ edge: 'one', n: 13 });
  pass(3_000);
  t.same(online.page(all), [user(1), user(3), user(4)]);
  online.heard({ edge: 'one', n: 14, part: 'first', on: [] });
  online.heard({ edge: 'one', n: 16, part: 'last', on: [] });
  t.same(online.page(all), [user(1), user(3), user(4)], 'a list with a hole is none');
});

t.test('five thousand who reconnect elsewhere within the grace are news to nobody', async (t) => {
  let now = 0;
  const told: string[] = [];
  const online = createOnline({ clock: { now: () => now }, changed: (who, what) => told.push(`${who} ${what}`) });
  const crowd = Array.from({ length: 5_000 }, (_, n) => user(n));
  online.heard({ edge: 'one', n: 1, part: 'only', on: crowd });
  t.equal(told.length, 5_000);
  for (let n = 1; n <= 17; n++) {
    now += 500;
    online.heard({ edge: 'two', n, ...(n === 1 ? { part: 'only' } : {}), on: crowd.slice((n - 1) * 300, n * 300) });
    online.sweep();
  }
  for (let n = 18; n < 60; n++) {
    now += 500;
    online.heard({ edge: 'two', n });
    online.sweep();
  }
  t.equal(told.length, 5_000);
  t.equal(online.users, 5_000);
});

t.test('pages follow each other without a gap', async (t) => {
  const { online } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: Array.from({ length: 7 }, (_, n) => user(7 - n)) });
  t.same(online.page({ above: undefined, limit: 3 }), [user(1), user(2), user(3)]);
  t.same(online.page({ above: user(3), limit: 3 }), [user(4), user(5), user(6)]);
  t.same(online.page({ above: user(6), limit: 3 }), [user(7)]);
});

t.test('a page leaves out at once who is gone, and has who came within a second', async (t) => {
  const { online, pass } = watched();
  online.heard({ edge: 'one', n: 1, part: 'only', on: [user(1), user(3), user(5)] });
  t.same(online.page(all), [user(1), user(3), user(5)]);
  online.heard({ edge: 'one', n: 2, on: [user(2)], hidden: [user(3)] });
  t.same(online.page(all), [user(1), user(5)]);
  t.same(online.page({ above: user(2), limit: 1 }), [user(5)], 'above one who is not on the list');
  pass(1_000);
  t.same(online.page(all), [user(1), user(2), user(5)]);
});
