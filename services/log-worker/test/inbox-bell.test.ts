import { Failure } from '@gapless/shared/errors';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createInboxBell } from '../src/inbox-bell.ts';

t.test('who is rung for is carried out, each once for many rings, a few at a time', async (t) => {
  const users = Array.from({ length: 40 }, () => newId<UserId>());
  const done: string[] = [];
  let underWay = 0;
  let most = 0;
  const bell = createInboxBell({
    dispatcher: {
      dispatch: async (inbox) => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        done.push(inbox);
        if (done.length === 3) throw new Failure('log_unavailable');
      },
    },
    logger: silentLogger(),
  });
  const stopped = new AbortController();
  bell.ring(users);
  bell.ring(users);
  const running = bell.run(stopped.signal);
  await until('all are carried out, though one failed', () => done.length === users.length);
  t.same(new Set(done), new Set(users));
  t.ok(most <= 4);
  bell.ring(users.slice(0, 1));
  await until('rung again, carried out again', () => done.length === users.length + 1);
  stopped.abort();
  await running;
});

t.test('what it has no room for is left to the relay', async (t) => {
  const done: string[] = [];
  const dispatch = async (inbox: string) => void done.push(inbox);
  const bell = createInboxBell({ dispatcher: { dispatch }, logger: silentLogger() });
  bell.ring(Array.from({ length: 10_050 }, () => newId<UserId>()));
  const stopped = new AbortController();
  const running = bell.run(stopped.signal);
  await until('it has done what it took', () => done.length >= 10_000);
  stopped.abort();
  await running;
  t.equal(done.length, 10_000);
});

t.test('a bug in carrying out is not swallowed', async (t) => {
  const bell = createInboxBell({
    dispatcher: { dispatch: () => Promise.reject(new TypeError('a bug')) },
    logger: silentLogger(),
  });
  bell.ring([newId<UserId>()]);
  await t.rejects(bell.run(new AbortController().signal), /a bug/);
});
