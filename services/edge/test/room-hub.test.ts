import type { Following, LiveRooms, RoomListener } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import type { FollowedRoomDeps } from '../src/followed-room.ts';
import { createRoomHub } from '../src/room-hub.ts';
import { wait } from './start-edge.ts';

/** A bus whose answers the test gives. */
function fakeLive() {
  const listeners: RoomListener[] = [];
  const answers: PromiseWithResolvers<Following>[] = [];
  let stopped = 0;
  const live: LiveRooms = {
    follow: (_room, listener) => {
      listeners.push(listener);
      const answer = withResolvers<Following>();
      answers.push(answer);
      return answer.promise;
    },
  };
  return {
    live,
    listeners,
    answers,
    stopped: () => stopped,
    answer: (n = 0) => answers[n]?.resolve({ stop: () => void stopped++ }),
  };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  const result = {} as PromiseWithResolvers<T>;
  result.promise = new Promise<T>((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

function hubOver(live: LiveRooms, over: Partial<FollowedRoomDeps> = {}) {
  const delivered: [seq: number, prev: number, sockets: number][] = [];
  const skipped: string[] = [];
  const hub = createRoomHub({
    live,
    deliver: (_room, seq, prev, _bytes, sockets) => delivered.push([seq, prev, sockets]),
    skipped: (why) => skipped.push(why),
    roomLingerMs: 30,
    ...over,
  });
  return { hub, delivered, skipped };
}

const room = newId<RoomId>();
const bytes = new Uint8Array();

t.test('many sockets in a room are one subscription, which outlasts them for a while', async (t) => {
  const bus = fakeLive();
  const { hub } = hubOver(bus.live);
  const [one, two] = [hub.enter(room), hub.enter(room)];
  t.notOk(hub.follows(room), 'not before the server knows');
  bus.answer();
  await Promise.all([one.followed, two.followed]);
  t.ok(hub.follows(room));
  one.leave();
  one.leave();
  await wait(50);
  t.equal(bus.stopped(), 0, 'leaving twice is leaving once');
  two.leave();
  const three = hub.enter(room);
  await wait(50);
  t.equal(bus.stopped(), 0, 'who comes back in time finds it');
  three.leave();
  await wait(50);
  t.equal(bus.stopped(), 1);
  t.equal(bus.listeners.length, 1);
  t.equal(hub.rooms, 0);
});

t.test('each number goes out once and in rising order; holes are passed on and counted', async (t) => {
  const bus = fakeLive();
  const { hub, delivered, skipped } = hubOver(bus.live);
  hub.enter(room);
  bus.answer();
  for (const [seq, prev] of [
    [5, 3],
    [7, 5],
    [7, 5],
    [6, 5],
    [12, 9],
    [13, 0],
  ] as const) {
    bus.listeners[0]?.event(seq, prev, bytes);
  }
  t.same(delivered, [
    [5, 3, 1],
    [7, 5, 1],
    [12, 9, 1],
    [13, 0, 1],
  ]);
  t.same(skipped, ['duplicate', 'duplicate', 'gap']);
  t.equal(hub.cursor(room), 13);
  hub.close();
});

t.test('a refused subscription is a failure for all who wait, and the next one asks anew', async (t) => {
  const bus = fakeLive();
  const { hub, delivered } = hubOver(bus.live);
  const [one, two] = [hub.enter(room), hub.enter(room)];
  bus.answers[0]?.reject(new Error('no connection'));
  await t.rejects(one.followed, { code: 'unavailable' });
  await t.rejects(two.followed, Failure);
  const three = hub.enter(room);
  one.leave();
  two.leave();
  bus.answer(1);
  await three.followed;
  bus.listeners[0]?.event(1, 0, bytes);
  bus.listeners[1]?.event(1, 0, bytes);
  t.same(delivered, [[1, 0, 1]], 'what is left of the refused one is not heard');
  await wait(50);
  t.ok(hub.follows(room), 'those who failed take nobody along');
  hub.close();
});

t.test('a server that does not answer is given up, and let go when it does', async (t) => {
  const bus = fakeLive();
  const { hub } = hubOver(bus.live, { followDeadlineMs: 20 });
  await t.rejects(hub.enter(room).followed, { code: 'unavailable' });
  bus.answer();
  await wait(0);
  t.equal(bus.stopped(), 1);
});
