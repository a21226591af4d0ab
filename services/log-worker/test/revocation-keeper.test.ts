import { createMemoryBus, type Revocations, type RevocationsFollowing } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { RevocationRecord } from '@gapless/shared/outbox';
import { silentLogger, systemClock } from '@gapless/shared/runtime';
import { newId, type Revocation, revocationId, type SessionId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { createRevocationKeeper } from '../src/revocation-keeper.ts';

const ended = (untilMs = Date.now() + 60_000): Revocation => ({
  kind: 'session',
  user: newId<UserId>(),
  session: newId<SessionId>(),
  until: untilMs,
});

const disabled = (user: UserId, epoch: number): Revocation => ({
  kind: 'user',
  user,
  epoch,
  until: Date.now() + 60_000,
});

interface Row {
  readonly revocation: Revocation;
  told: boolean;
}

function recordOf(rows: Row[], isAway: () => boolean = () => false): RevocationRecord {
  const answer = async <T>(value: T): Promise<T> => {
    if (isAway()) throw new Failure('store_unavailable');
    return value;
  };
  return {
    untold: () => answer(rows.filter(({ told }) => !told).map(({ revocation }) => revocation)),
    noteTold: async (one) => {
      for (const row of rows) if (revocationId(row.revocation) === revocationId(one)) row.told = true;
    },
    page: (after) => answer(after === undefined ? rows.map(({ revocation }) => revocation) : []),
  };
}

/** Revocations whose store can be exchanged for an empty one, as when NATS' is lost. */
function lossy() {
  let kept = createMemoryBus().revocations;
  let interruptions = 0;
  const revocations: Revocations = {
    ensure: async () => undefined,
    publish: (one) => kept.publish(one),
    follow: (listener): RevocationsFollowing => ({
      ...kept.follow(listener),
      get interruptions() {
        return interruptions;
      },
    }),
  };
  const lose = (): void => {
    kept = createMemoryBus().revocations;
    interruptions++;
  };
  const ids = (): string[] => {
    const found: string[] = [];
    kept.follow({ revoked: (one) => void found.push(revocationId(one)) }).stop();
    return found.sort();
  };
  return { revocations, lose, ids };
}

function keeperOf(t: Test, revocations: Revocations, record: RevocationRecord) {
  const keeper = createRevocationKeeper({ revocations, record, clock: systemClock, logger: silentLogger() });
  const stopped = new AbortController();
  const running = keeper.run(stopped.signal);
  t.teardown(async () => {
    stopped.abort();
    await running;
  });
  const isSecured = (): boolean => {
    try {
      keeper.expectSecured();
      return true;
    } catch {
      return false;
    }
  };
  return { isSecured };
}

t.test('tells what its maker did not, and notes it', async (t) => {
  const rows = [{ revocation: ended(), told: false }];
  const { revocations, ids } = lossy();
  keeperOf(t, revocations, recordOf(rows));
  await until('it is told', () => rows.every(({ told }) => told));
  t.same(
    ids(),
    rows.map(({ revocation }) => revocationId(revocation)),
  );
});

t.test('an older word about a user is noted, not told: it would take the place of the later one', async (t) => {
  const [both, later] = [newId<UserId>(), newId<UserId>()];
  const rows = [
    { revocation: disabled(both, 2), told: false },
    { revocation: disabled(both, 1), told: false },
    { revocation: disabled(later, 1), told: false },
  ];
  const { revocations, ids } = lossy();
  // Told, by an api, since the keeper read the record: not the next epoch, and only heard of.
  await revocations.publish(disabled(later, 3));
  keeperOf(t, revocations, recordOf(rows));
  await until('all are noted', () => rows.every(({ told }) => told));
  t.same(ids(), [revocationId(disabled(both, 2)), revocationId(disabled(later, 3))].sort());
});

t.test('puts back what a lost store held, before anybody may rely on it', async (t) => {
  const rows = [ended(), ended(), ended(Date.now() - 1)].map((revocation) => ({ revocation, told: true }));
  const { revocations, lose, ids } = lossy();
  const { isSecured } = keeperOf(t, revocations, recordOf(rows));
  t.notOk(isSecured(), 'nothing was read yet');
  await until('it is secured', isSecured);
  const alive = rows
    .slice(0, 2)
    .map(({ revocation }) => revocationId(revocation))
    .sort();
  t.same(ids(), alive, 'without those that have ended');
  lose();
  t.notOk(isSecured());
  await until('it is secured again', isSecured);
  t.same(ids(), alive);
});

t.test(
  'while MongoDB is away it puts back what it knows; one that never read MongoDB does not pretend to',
  async (t) => {
    let isAway = false;
    const rows = [{ revocation: ended(), told: true }];
    const { revocations, lose, ids } = lossy();
    const { isSecured } = keeperOf(
      t,
      revocations,
      recordOf(rows, () => isAway),
    );
    await until('it is secured', isSecured);
    const heard = ended();
    await revocations.publish(heard);
    isAway = true;
    lose();
    const ignorant = keeperOf(
      t,
      revocations,
      recordOf(rows, () => isAway),
    );
    await until('it is secured again', isSecured);
    t.equal(ids().length, 2, 'what it read, and what it heard');
    t.notOk(ignorant.isSecured());
  },
);
