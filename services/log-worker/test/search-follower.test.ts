import type { LoggedEvent, StreamFollowing } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { silentLogger } from '@gapless/shared/runtime';
import { type EventRow, newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createSearchFollower } from '../src/search-follower.ts';
import type { SearchProjection } from '../src/search-projection.ts';
import { createStreamMemory } from '../src/stream-memory.ts';
import { clientId, logged, message } from './events.ts';

const stream = 'ROOM_0';

function following(events: readonly LoggedEvent[]): StreamFollowing {
  const stopped = new AbortController();
  return {
    stop: () => stopped.abort(),
    async *[Symbol.asyncIterator]() {
      yield* events;
      if (!stopped.signal.aborted)
        await new Promise((resolve) => stopped.signal.addEventListener('abort', resolve, { once: true }));
    },
  };
}

/** Follows so many events in so many rooms; `note` is the projection. */
function follower(count: number, roomCount: number, note: SearchProjection['note']) {
  const rooms = Array.from({ length: roomCount }, () => newId<RoomId>());
  const events = Array.from({ length: count }, (_, n) => {
    const room = rooms[n % roomCount] as RoomId;
    return logged(n + 1, { ...message(n + 1, 'text', room), c: clientId(n + 1) }, { room });
  });
  const memory = createStreamMemory();
  memory.see(count);
  memory.persisted(count);
  const search = createSearchFollower({
    streams: { follow: async (_, { from }) => following(events.slice(from - 1)) },
    projection: { prepare: async () => undefined, note, noteMissed: async () => undefined },
    memoryOf: () => memory,
    logger: silentLogger(),
  });
  const stopped = new AbortController();
  let mark = 0;
  const lease = {
    stream,
    searched: async () => mark,
    moveSearched: async (_: number, to: number) => {
      mark = to;
    },
  };
  const running = search.follow(lease, stopped.signal);
  return {
    mark: () => mark,
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

t.test('what comes at once is written room by room, in bounded parts', async (t) => {
  const parts: (readonly EventRow[])[] = [];
  const { mark, stop } = follower(4_000, 40, async (rows) => void parts.push(rows));
  t.teardown(stop);
  await until('all are searchable', () => mark() === 4_000);
  t.ok(parts.every((part) => part.length <= 1_000));
  const order = parts.flat().map(({ r }) => r);
  const changes = order.filter((room, n) => n > 0 && room !== order[n - 1]).length;
  t.equal(changes, 39, 'each room once');
});

t.test('where a write fails the ones before it are not made again, and the mark waits', async (t) => {
  let calls = 0;
  let noted = 0;
  let markThen: number | undefined;
  const { mark, stop } = follower(4_000, 40, async (rows) => {
    if (++calls === 3) {
      markThen = mark();
      throw new Failure('store_unavailable');
    }
    noted += rows.length;
  });
  t.teardown(stop);
  await until('all are searchable', () => mark() === 4_000);
  t.equal(markThen, 0);
  t.equal(calls, 5);
  t.equal(noted, 4_000);
});

t.test('whoever is told to stop begins no further write, and moves no mark', async (t) => {
  let calls = 0;
  let stopping: Promise<void> | undefined;
  const { mark, stop } = follower(4_000, 40, async () => {
    calls++;
    stopping ??= stop();
  });
  await until('it is told', () => stopping !== undefined);
  await stopping;
  t.equal(calls, 1);
  t.equal(mark(), 0);
});
