import { streamNames, streamOf } from '@gapless/shared/bus';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createRoomHeads } from '../src/room-heads.ts';
import { createStreamStarts } from '../src/stream-starts.ts';
import { wait } from './start-edge.ts';

const room = newId<RoomId>();
const stateOf = (first: number) => ({ created: '', first, last: 0, bytes: 0, maxBytes: 1 });

t.test('a beginning is always asked behind the call, and those who wait share the question', async (t) => {
  let first = 1;
  let asked = 0;
  const starts = createStreamStarts({
    names: ['ROOM_0'],
    state: async () => {
      asked++;
      const answer = stateOf(first);
      await wait(10);
      return answer;
    },
  });
  const early = starts.first(room);
  first = 7;
  const late = [starts.first(room), starts.first(room), starts.first(room)];
  t.equal(await early, 1);
  t.strictSame(await Promise.all(late), [7, 7, 7], 'not the answer to the earlier question');
  t.equal(asked, 2);
  first = 9;
  t.equal(await starts.first(room), 9);
});

t.test('a question that fails fails those who asked, and no later one', async (t) => {
  let asked = 0;
  const starts = createStreamStarts({ names: ['ROOM_0'], state: async () => (asked++ === 0 ? undefined : stateOf(3)) });
  const early = starts.first(room);
  const late = starts.first(room);
  await t.rejects(early, { code: 'unavailable' });
  t.equal(await late, 3);
});

t.test('heads of many rooms are one request; a room without an event begins where the log does', async (t) => {
  const requests: number[] = [];
  const rooms = Array.from({ length: 100 }, () => newId<RoomId>());
  const heads = createRoomHeads({
    log: {
      heads: async (asked) => {
        requests.push(asked.length);
        await wait(5);
        return new Map(asked.filter((one) => one !== room).map((one) => [one, 12]));
      },
    },
    starts: { first: async () => 1_000 },
    streams: { names: streamNames(1) },
  });
  const all = await Promise.all([...rooms, room].map((one) => heads.opening(one)));
  t.strictSame(requests, [101]);
  t.strictSame(all[0], { cursor: 12, newest: 12 });
  t.strictSame(all.at(-1), { cursor: 999, newest: 0 });
  const waves = [heads.newest(room)];
  await wait(2);
  for (let n = 0; n < 10; n++) waves.push(heads.newest(rooms[n] as RoomId));
  await Promise.all(waves);
  t.strictSame(requests, [101, 1, 10], 'one at a time');
});

t.test('… of each stream: the rooms of one that is away keep nobody else waiting', async (t) => {
  const streams = streamNames(2);
  const rooms = Array.from({ length: 40 }, () => newId<RoomId>());
  const isStuck = (one: RoomId | undefined) => one !== undefined && streamOf(one, 2) === streams[0];
  const heads = createRoomHeads({
    log: {
      heads: (asked) => (asked.some(isStuck) ? new Promise(() => undefined) : Promise.resolve(new Map())),
    },
    starts: { first: async () => 1 },
    streams: { names: streams },
  });
  for (const one of rooms) if (isStuck(one)) void heads.newest(one);
  await wait(2);
  const healthy = rooms.filter((one) => !isStuck(one));
  t.equal((await Promise.all(healthy.map((one) => heads.newest(one)))).length, healthy.length);
});
