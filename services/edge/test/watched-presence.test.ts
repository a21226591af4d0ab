import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { maxWatchedUsers } from '@gapless/shared/protocol';
import { newId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { createAcquaintances } from '../src/acquaintances.ts';
import { createWatchedPresence } from '../src/watched-presence.ts';
import { fakeSession, identity } from './fake-session.ts';

/** Settled: what is not known to be here is not. */
function watching(t: Test) {
  let now = 0;
  const bus = createMemoryBus();
  const clock = { now: () => now };
  const acquaintances = createAcquaintances({ commands: bus.commands, clock });
  const presence = createWatchedPresence({ bus, acquaintances, clock, calendar: clock });
  t.teardown(presence.stop);
  now = 60_000;
  const answers: (() => void)[] = [];
  bus.commands.serve('presence.watchable', async (query) => {
    const { us } = query as { us: UserId[] };
    await new Promise<void>((resolve) => answers.push(resolve));
    return { w: us.map((user) => [user]) };
  });
  return { presence, answers };
}

const some = (n: number): UserId[] => Array.from({ length: n }, () => newId<UserId>());

t.test('two frames in a row watch together, within the bound, and are forgotten together', async (t) => {
  const { presence, answers } = watching(t);
  const { session } = fakeSession();
  session.greet(identity);
  const half = some(maxWatchedUsers / 2);
  const first = presence.watch(session, half);
  const second = presence.watch(session, some(maxWatchedUsers / 2));
  await t.rejects(presence.watch(session, some(1)), Failure, 'what is asked about counts');
  const again = presence.watch(session, []);
  while (answers.length < 3) await new Promise(setImmediate);
  for (const answer of answers.splice(0)) answer();
  await Promise.all([first, second, again]);
  await t.rejects(presence.watch(session, some(1)), Failure, 'and so does what is watched');
  presence.unwatch(session, half);
  const more = presence.watch(session, some(1));
  while (answers.length < 1) await new Promise(setImmediate);
  answers[0]?.();
  await t.resolves(more, 'there is room again');
});

t.test('unwatch wins over a watch that still asks', async (t) => {
  const { presence, answers } = watching(t);
  const { session, sent } = fakeSession();
  session.greet(identity);
  const [kept, ...others] = some(maxWatchedUsers);
  const watched = presence.watch(session, [kept as UserId, ...others]);
  while (answers.length < 1) await new Promise(setImmediate);
  presence.unwatch(session, others);
  answers[0]?.();
  await watched;
  t.same(sent, [{ t: 'pres', w: [[kept, 'offline']] }]);
  const more = t.resolves(presence.watch(session, some(maxWatchedUsers - 1)), 'the others are not watched');
  await until('the question', () => answers.length > 1, 1_000);
  answers[1]?.();
  await more;
});
