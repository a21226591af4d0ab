import { Failure } from '@gapless/shared/errors';
import type { UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createSessionRegistry } from '../src/session-registry.ts';
import { fakeSession, identity } from './fake-session.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('replies of one turn leave together and in order, none after the close', async (t) => {
  const { session, sent, corks } = fakeSession();
  for (let i = 0; i < 10; i++) session.ok(i, { s: i });
  t.equal(sent.length, 0);
  await turn();
  t.equal(corks(), 1);
  t.same(
    sent.map(({ s }) => s),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  session.ok(10);
  session.send({ t: 'pong', now: 1 });
  t.same(
    sent.slice(10).map(({ t }) => t),
    ['ok', 'pong'],
    'nothing overtakes what waits',
  );
  session.ok(11);
  session.close('restart');
  session.ok(12);
  await turn();
  t.same(
    sent.slice(12).map(({ i }) => i),
    [11],
    'what was answered before the close is said before it',
  );
});

t.test('events that wait for the end of the turn go with the replies, and many of them do not wait', async (t) => {
  const { session, sent } = fakeSession();
  const event = (s: number) => session.sendSoon(Buffer.from(JSON.stringify({ s })));
  session.ok(1, { s: 0 });
  for (let s = 1; s < 31; s++) event(s);
  t.equal(sent.length, 0);
  event(31);
  t.equal(sent.length, 32, 'what a socket does not take shows in time');
  event(32);
  await turn();
  t.same(
    sent.map(({ s }) => s),
    Array.from({ length: 33 }, (_, n) => n),
  );
  session.closed();
  event(33);
  await turn();
  t.equal(sent.length, 33);
});

t.test('refusals say when to come back only where coming back helps', async (t) => {
  const { session, sent } = fakeSession();
  session.refuse(new Failure('busy', { retryMs: 6.2 }), 1);
  session.refuse(new Failure('log_unavailable'), 2);
  session.refuse(new Failure('not_member'));
  await turn();
  t.match(sent, [
    { t: 'err', i: 1, code: 'busy', retry: 7 },
    { code: 'unavailable', retry: Number },
    { code: 'not_member' },
  ]);
  t.notHas(sent[2], { retry: Number });
  t.notHas(sent[2], { i: Number });
});

t.test('the clock closes who did not greet and whose token ended', async (t) => {
  const { session } = fakeSession();
  t.equal(session.overdue(4_999), undefined);
  t.equal(session.overdue(5_000), 'no_hello');
  session.greetingWaits();
  t.equal(session.overdue(5_000), 'try_later');
  session.greet(identity);
  t.equal(session.overdue(5_000), undefined, 'while hello is answered it waits');
  session.greetingRefused('try_later');
  t.equal(session.overdue(5_000), 'try_later');
  session.greet(identity);
  session.greeted();
  t.equal(session.overdue(59_999), undefined);
  t.equal(session.overdue(60_000), 'token_expired');
});

t.test('a close is final', async (t) => {
  const { session, ends } = fakeSession();
  session.close('slow_consumer');
  session.close('restart');
  session.greeted();
  t.same(ends, [4008]);
  t.equal(session.phase, 'closed');
});

t.test('the registry counts what waits by address and what stays by user', async (t) => {
  const changed: UserId[] = [];
  const gone: UserId[] = [];
  const registry = createSessionRegistry({
    pendingPerAddress: 2,
    socketsPerUser: 1,
    changed: (user) => changed.push(user),
    gone: (user) => gone.push(user),
  });
  const [one, two] = [fakeSession().session, fakeSession().session];
  registry.opened(one);
  registry.opened(two);
  t.notOk(registry.admits('192.0.2.1'));
  t.ok(registry.admits('192.0.2.2'));
  one.greet(identity);
  t.ok(registry.enter(identity.user, one));
  t.notOk(registry.enter(identity.user, two));
  registry.settled(one);
  registry.settled(one);
  t.ok(registry.admits('192.0.2.1'));
  registry.closed(one);
  registry.closed(two);
  const { user } = identity;
  t.same([registry.sockets, registry.users, changed, gone], [0, 0, [user, user], [user]]);
});

t.test('of each socket of a user that comes or goes somebody hears, since it may hide him', (t) => {
  const changed: UserId[] = [];
  const gone: UserId[] = [];
  const registry = createSessionRegistry({
    pendingPerAddress: 2,
    socketsPerUser: 2,
    changed: (user) => changed.push(user),
    gone: (user) => gone.push(user),
  });
  const [one, two] = [fakeSession().session, fakeSession().session];
  for (const session of [one, two]) registry.enter(identity.user, session);
  t.equal(changed.length, 2);
  registry.withdraw(identity.user, two);
  t.same([changed.length, gone.length], [3, 0]);
  registry.withdraw(identity.user, one);
  t.same([changed.length, gone.length], [4, 1]);
  t.end();
});
