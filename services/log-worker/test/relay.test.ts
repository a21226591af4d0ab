import { Failure } from '@gapless/shared/errors';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createRelay } from '../src/relay.ts';

t.test('dispatches what is left behind, again and again, and no failed room keeps the others back', async (t) => {
  const rooms = Array.from({ length: 20 }, () => newId<RoomId>());
  const failing = rooms[0];
  const left = new Set(rooms);
  const tries = new Map<RoomId, number>();
  const stopped = new AbortController();
  const relay = createRelay({
    outbox: { leftBehind: async () => [...left], oldestAgeMs: async () => 1_234 },
    dispatcher: {
      dispatch: async (room) => {
        const n = (tries.get(room) ?? 0) + 1;
        tries.set(room, n);
        if (room === failing && n < 3) throw new Failure('log_unavailable');
        left.delete(room);
      },
    },
    relayAgeMs: 10,
    logger: silentLogger(),
  });
  const running = relay.run(stopped.signal);
  await until('all are dispatched', () => left.size === 0);
  t.equal(tries.get(failing as RoomId), 3);
  t.equal(relay.oldestMs(), 1_234);
  stopped.abort();
  await running;
});

t.test('more failing rooms than a round takes keep no other waiting', async (t) => {
  const failing = new Set(Array.from({ length: 500 }, () => newId<RoomId>()));
  const sound = newId<RoomId>();
  const left = new Set([...failing, sound]);
  const stopped = new AbortController();
  const relay = createRelay({
    outbox: {
      leftBehind: async ({ limit, except }) => [...left].filter((room) => !except.includes(room)).slice(0, limit),
      oldestAgeMs: async () => 1_234,
    },
    dispatcher: {
      dispatch: async (room) => {
        if (failing.has(room)) throw new Failure('log_unavailable');
        left.delete(room);
      },
    },
    relayAgeMs: 1_000,
    logger: silentLogger(),
  });
  const running = relay.run(stopped.signal);
  await until('the sound one is dispatched', () => !left.has(sound));
  stopped.abort();
  await running;
  t.equal(left.size, failing.size);
});

t.test('goes on after MongoDB was away', async (t) => {
  let reads = 0;
  const stopped = new AbortController();
  const relay = createRelay({
    outbox: {
      leftBehind: async () => [],
      oldestAgeMs: async () => {
        if (++reads < 3) throw new Failure('store_unavailable');
        return 0;
      },
    },
    dispatcher: { dispatch: async () => undefined },
    relayAgeMs: 5,
    logger: silentLogger(),
  });
  const running = relay.run(stopped.signal);
  await until('it reads again', () => reads > 3);
  stopped.abort();
  await running;
  t.pass();
});
