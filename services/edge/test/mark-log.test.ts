import { type Mark, type NewReceipts, readableReceipts } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { systemClock } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { createMarkLog, type NewMark } from '../src/mark-log.ts';
import { wait } from './start-edge.ts';

/** A log whose stream stores, or refuses, as the test says. */
function marks(t: Test, patienceMs?: number) {
  const batches: NewReceipts[] = [];
  const stored: NewMark<string>[] = [];
  const state = { away: false };
  const log = createMarkLog<string>({
    receipts: {
      append: async (batch) => {
        batches.push(batch);
        if (state.away) throw new Failure('log_unavailable');
      },
    },
    clock: systemClock,
    stored: (some) => void stored.push(...some),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  t.teardown(log.close);
  return { log, batches, stored, state };
}

const [room, user] = [newId<RoomId>(), newId<UserId>()];
const mark = (read: number, over: Partial<NewMark<string>> = {}): NewMark<string> => ({
  room,
  user,
  recv: read,
  read,
  by: `device ${read}`,
  ...over,
});
const marksOf = ({ bytes }: NewReceipts): readonly Mark[] => readableReceipts(bytes)?.marks ?? [];

t.test(
  'what comes together leaves together, the highest of each member, by the device that read furthest',
  async (t) => {
    const { log, batches, stored } = marks(t);
    await Promise.all([log.store(mark(3)), log.store(mark(9)), log.store(mark(5, { recv: 11 }))]);
    t.equal(batches.length, 1);
    t.same(stored, [{ room, user, recv: 11, read: 9, by: 'device 9' }]);
  },
);

t.test('a batch is tried again under its own id; what fails for long goes with what came meanwhile', async (t) => {
  const { log, batches, stored, state } = marks(t);
  state.away = true;
  const first = log.store(mark(3));
  await until('two tries', () => batches.length === 2);
  t.equal(batches[0]?.id, batches[1]?.id);
  log.keep(mark(7));
  await until('a round that failed', () => batches.length > 3, 15_000);
  state.away = false;
  await first;
  await until('the newest', () => stored.at(-1)?.read === 7);
  t.same(marksOf(batches.at(-1) as NewReceipts), [{ room, user, recv: 7, read: 7 }], 'one mark, not two');
});

t.test('who waits too long is told that it is kept, and it is', async (t) => {
  const { log, stored, state } = marks(t, 300);
  state.away = true;
  t.equal(await log.store(mark(3)).catch(({ kind }) => kind), 'fate_unknown');
  state.away = false;
  await until('it is stored after all', () => stored.length === 1, 15_000);
});

t.test('members of many rooms are spread over subjects, and batches stay small', async (t) => {
  const { log, batches } = marks(t);
  const many = Array.from({ length: 1_200 }, (_, n) => mark(n + 1, { user: newId<UserId>() }));
  await Promise.all([...many, mark(1, { room: newId<RoomId>() })].map((one) => log.store(one)));
  t.same(
    batches
      .map((batch) => marksOf(batch).length)
      .sort((a, b) => b - a)
      .slice(0, 2),
    [500, 500],
  );
  t.equal(new Set(batches.map(({ id }) => id)).size, batches.length);
});

t.test('marks that wait are bounded: more are refused, those that wait still rise', async (t) => {
  const { log, stored, state } = marks(t);
  state.away = true;
  const others = Array.from({ length: 50_000 }, () => newId<RoomId>());
  for (const other of others) log.keep(mark(1, { room: other }));
  t.throws(() => log.keep(mark(1)), new Failure('busy', { retryMs: 5_000 }));
  log.keep(mark(2, { room: others[0] as RoomId }));
  state.away = false;
  await until('all are stored', () => stored.length === 50_000, 30_000);
  await wait(0);
  t.equal(stored.find((one) => one.room === others[0])?.read, 2);
});
