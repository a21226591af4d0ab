import { Failure } from '@gapless/shared/errors';
import { newId, type SessionId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createAttempts } from '../src/domain/accounts/attempts.ts';
import { createAttemptStore } from '../src/repositories/attempts.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());

const here = '192.0.2.1';
const email = 'ada@example.org';

function attemptsOf(perMinute = 1_000_000) {
  const db = client.db(`test-${newId()}`);
  const clock = { time: 1_800_000_000_000, now: () => clock.time };
  // Two processes share what they know.
  const [one, other] = [0, 1].map(() => createAttempts({ store: createAttemptStore(db), clock, perMinute }));
  return { db, clock, one: one as NonNullable<typeof one>, other: other as NonNullable<typeof other> };
}

/** How long to wait, 0 where it is let through. */
async function waitOf(attempt: Promise<void>): Promise<number> {
  try {
    await attempt;
    return 0;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'rate_limited') return error.retryMs ?? -1;
    throw error;
  }
}

t.test(
  'after a few wrong passwords from one network each wait is twice as long, up to a quarter of an hour',
  async (t) => {
    const { one, other, clock } = attemptsOf();
    for (let n = 0; n < 5; n++) t.equal(await waitOf((n % 2 === 0 ? one : other).logIn(email, here)), 0);
    const waits: number[] = [];
    for (let n = 0; n < 14; n++) {
      const wait = await waitOf(one.logIn(email, here));
      t.equal(await waitOf(other.logIn(email, here)), wait, 'asking again lengthens nothing');
      waits.push(wait / 1_000);
      clock.time += wait;
      t.equal(await waitOf(one.logIn(email, here)), 0);
    }
    t.same(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
    t.equal(await waitOf(one.logIn('eve@example.org', here)), 0, 'other accounts do not wait');
    clock.time += 3_600_001;
    for (let n = 0; n < 5; n++) t.equal(await waitOf(one.logIn(email, here)), 0, 'after a rest it begins anew');
  },
);

t.test('of many that try at once only as many are let through as may', async (t) => {
  const { one, other } = attemptsOf();
  const tries = Array.from({ length: 40 }, (_, n) => waitOf((n % 2 === 0 ? one : other).logIn(email, here)));
  const waits = await Promise.all(tries);
  t.equal(waits.filter((wait) => wait === 0).length, 5);
});

t.test(
  'who guesses from everywhere waits, and never longer than a minute; the owner where he is known does not',
  async (t) => {
    const { one, clock } = attemptsOf();
    await one.logIn(email, here);
    await one.loggedIn(email, here);
    const guess = (n: number) => waitOf(one.logIn(email, `198.51.100.${n}`));
    for (let n = 0; n < 20; n++) t.equal(await guess(n), 0);
    const waits: number[] = [];
    for (let n = 20; n < 30; n++) {
      const wait = await guess(n);
      waits.push(wait / 1_000);
      clock.time += wait;
      t.equal(await guess(n), 0, 'the one that was refused did not count');
    }
    t.same(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    t.equal(await waitOf(one.logIn(email, here)), 0);
    await one.loggedIn(email, here);
    t.equal(await waitOf(one.logIn(email, here)), 0);
  },
);

t.test('what is refused because others guess elsewhere does not lengthen the wait of who was refused', async (t) => {
  const { one, other, clock } = attemptsOf();
  for (let n = 0; n < 25; n++) {
    const wait = await waitOf(one.logIn(email, `198.51.100.${n}`));
    clock.time += wait;
    if (wait > 0) await one.logIn(email, `198.51.100.${n}`);
  }
  const away = '203.0.113.7';
  const waits = new Set<number>();
  for (let n = 0; n < 20; n++) waits.add(await waitOf((n % 2 === 0 ? one : other).logIn(email, away)));
  t.equal(waits.size, 1, 'however often he asks');
  clock.time += Math.max(...waits);
  t.equal(await waitOf(one.logIn(email, away)), 0);
  for (let n = 0; n < 4; n++) {
    clock.time += 60_000;
    t.equal(await waitOf(one.logIn(email, away)), 0, 'all tries of his network are left');
  }
});

t.test('who logs in, however often, is never made to wait by it', async (t) => {
  const { one } = attemptsOf();
  for (let n = 0; n < 40; n++) {
    t.equal(await waitOf(one.logIn(email, `203.0.113.${n}`)), 0);
    await one.loggedIn(email, `203.0.113.${n}`);
  }
});

t.test('a network has its tries each minute, an IPv6 one as a whole', async (t) => {
  const { one, other, clock } = attemptsOf(3);
  t.equal(await waitOf(one.stranger('2001:db8::1')), 0);
  t.equal(await waitOf(other.stranger('2001:db8::2')), 0);
  t.equal(await waitOf(one.stranger('2001:db8:0:0:9::')), 0);
  t.equal(await waitOf(other.stranger('2001:db8::3')), 60_000);
  t.equal(await waitOf(one.stranger('2001:db8:0:1::1')), 0);
  clock.time += 60_000;
  t.equal(await waitOf(one.stranger('2001:db8::1')), 0);
});

t.test('a mailbox gets a few mails, whoever asks for them', async (t) => {
  const { one, other } = attemptsOf();
  const waits = await Promise.all([one, other, one, other, one, other].map((some) => waitOf(some.mail(email))));
  t.equal(waits.filter((wait) => wait === 0).length, 5);
});

t.test('a session guesses the password of its own account no faster', async (t) => {
  const { one } = attemptsOf();
  const user = newId<UserId>();
  const [session, another] = [newId<SessionId>(), newId<SessionId>()];
  for (let n = 0; n < 5; n++) t.equal(await waitOf(one.password({ user, session })), 0);
  t.equal(await waitOf(one.password({ user, session })), 1_000);
  t.equal(await waitOf(one.password({ user, session: another })), 0);
  await one.knewPassword(session);
  t.equal(await waitOf(one.password({ user, session })), 0);
});

t.test(
  'who knows his password changes it or his address a few times in half an hour, by all his sessions',
  async (t) => {
    const { one, other, clock } = attemptsOf();
    const user = newId<UserId>();
    const change = async (n: number) => {
      const session = newId<SessionId>();
      const wait = await waitOf((n % 2 === 0 ? one : other).password({ user, session }));
      await one.knewPassword(session);
      return wait;
    };
    for (let n = 0; n < 10; n++) t.equal(await change(n), 0);
    const wait = await change(10);
    t.ok(wait > 0 && wait <= 1_800_000);
    t.equal(
      await waitOf(one.password({ user: newId<UserId>(), session: newId<SessionId>() })),
      0,
      'others do not wait',
    );
    clock.time += wait;
    t.equal(await change(0), 0);
  },
);

t.test('the store knows neither addresses nor networks', async (t) => {
  const { one, db } = attemptsOf();
  await one.logIn(email, here);
  await one.loggedIn(email, here);
  await one.mail(email);
  const rows = JSON.stringify(await db.collection('attempts').find().toArray());
  t.notOk(rows.includes('ada') || rows.includes(here));
});
