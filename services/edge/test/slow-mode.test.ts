import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createSlowMode } from '../src/slow-mode.ts';
import { clientId } from './start-edge.ts';

const turn = (clientId: string, of = { user: newId<UserId>(), room: newId<RoomId>() }) => ({
  ...of,
  clientId: clientId as ClientId,
  seconds: 10,
});

t.test(
  'what the api refused is refused here until its time is over, and the message that has the turn passes',
  async (t) => {
    let now = 0;
    const asked: unknown[] = [];
    const slowMode = createSlowMode({
      commands: {
        call: async (_name, query) => {
          asked.push(query);
          return { retry: asked.length === 2 ? 4_000 : 0 };
        },
      },
      clock: { now: () => now },
    });
    const of = { user: newId<UserId>(), room: newId<RoomId>() };
    const [first, second] = [clientId(), clientId()];
    await slowMode.pass(turn(first, of));
    await slowMode.pass(turn(first, of));
    t.equal(asked.length, 1, 'repeated');
    await t.rejects(slowMode.pass(turn(second, of)), { code: 'slow_mode', retryMs: 10_000 });
    t.equal(asked.length, 1, 'refused without a question');
    now = 10_000;
    await t.rejects(slowMode.pass(turn(second, of)), { code: 'slow_mode', retryMs: 4_000 });
    now = 13_000;
    await t.rejects(slowMode.pass(turn(second, of)), { code: 'slow_mode', retryMs: 1_000 });
    t.equal(asked.length, 2);
    now = 14_000;
    await slowMode.pass(turn(second, of));
    await slowMode.pass(turn(second));
    t.equal(asked.length, 4, 'another room is another turn');
  },
);

t.test('of two messages at once the first has the turn', async (t) => {
  const slowMode = createSlowMode({ commands: { call: async () => ({ retry: 0 }) }, clock: { now: () => 0 } });
  const of = { user: newId<UserId>(), room: newId<RoomId>() };
  const [first, second] = await Promise.allSettled([clientId(), clientId()].map((c) => slowMode.pass(turn(c, of))));
  t.equal(first?.status, 'fulfilled');
  t.match(second, { reason: { code: 'slow_mode' } });
});

t.test('without the store an edge counts alone; what is a bug is told', async (t) => {
  let error: Error = new Failure('store_unavailable');
  const slowMode = createSlowMode({
    commands: {
      call: async () => {
        throw error;
      },
    },
    clock: { now: () => 0 },
  });
  const of = { user: newId<UserId>(), room: newId<RoomId>() };
  await slowMode.pass(turn(clientId(), of));
  await t.rejects(slowMode.pass(turn(clientId(), of)), { code: 'slow_mode' });
  error = new Error('bug');
  await t.rejects(slowMode.pass(turn(clientId())), { message: 'bug' });
});
