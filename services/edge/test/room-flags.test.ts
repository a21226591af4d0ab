import { Failure } from '@gapless/shared/errors';
import { newId, type RoomChangedEvent, type RoomFlags, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createRoomFlags } from '../src/room-flags.ts';

const room = newId<RoomId>();
const event = (fields: Partial<RoomChangedEvent>): RoomChangedEvent => ({
  v: 1,
  t: 'room',
  r: room,
  u: newId<UserId>(),
  at: 0,
  ...fields,
});

function flagsOver(bucket: { flags: RoomFlags | undefined | Failure; follows: boolean }) {
  let now = 1_000_000;
  let reads = 0;
  const waiting: (() => void)[] = [];
  let slow = false;
  const cache = createRoomFlags({
    flags: {
      read: async () => {
        reads++;
        const { flags } = bucket;
        if (slow) await new Promise<void>((resolve) => waiting.push(resolve));
        if (flags instanceof Failure) throw flags;
        return flags;
      },
    },
    follows: () => bucket.follows,
    clock: { now: () => now },
  });
  return {
    cache,
    reads: () => reads,
    pass: (ms: number) => {
      now += ms;
    },
    holdReads: () => {
      slow = true;
    },
    releaseReads: () => {
      slow = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

t.test('a room that is heard is read once and follows its log from there', async (t) => {
  const { cache, reads, pass } = flagsOver({ flags: { ver: 4, slow: 10 }, follows: true });
  await cache.ready(room);
  pass(20_000);
  t.equal(cache.ready(room), undefined);
  t.same(cache.known(room), { ver: 4, slow: 10 });
  cache.apply(event({ ver: 4, frozen: 1 }));
  t.same(cache.known(room), { ver: 4, slow: 10 }, 'what the bucket knew already');
  cache.apply(event({ ver: 5, frozen: 1 }));
  cache.apply(event({ name: 'without a version' }));
  t.same(cache.known(room), { ver: 5, slow: 10, frozen: 1 });
  cache.apply(event({ ver: 6, frozen: 0, slow: 0, archived: 1 }));
  t.same(cache.known(room), { ver: 6, archived: 1 });
  t.equal(reads(), 1);
});

t.test('a room of which nothing was said, and that is not heard, is asked about once a second', async (t) => {
  const bucket = { flags: undefined as RoomFlags | undefined, follows: false };
  const { cache, reads, pass } = flagsOver(bucket);
  await cache.ready(room);
  t.equal(cache.known(room), undefined);
  pass(900);
  t.equal(cache.ready(room), undefined);
  bucket.flags = { ver: 2, frozen: 1 };
  pass(200);
  await cache.ready(room);
  t.same(cache.known(room), { ver: 2, frozen: 1 });
  bucket.follows = true;
  pass(1_100);
  t.ok(cache.ready(room) instanceof Promise, 'what was read before it was heard does not count for long');
  t.equal(reads(), 3);
});

t.test('a change that comes amid a read is not lost to what was read', async (t) => {
  const bucket = { flags: { ver: 1 } as RoomFlags, follows: true };
  const { cache, reads, holdReads, releaseReads } = flagsOver(bucket);
  holdReads();
  const [one, two] = [cache.ready(room), cache.ready(room)];
  bucket.flags = { ver: 2, frozen: 1 };
  cache.apply(event({ ver: 2, frozen: 1 }));
  releaseReads();
  await Promise.all([one, two]);
  t.same(cache.known(room), { ver: 2, frozen: 1 });
  t.equal(reads(), 2);
});

t.test('what cannot be read is in doubt unless it was known', async (t) => {
  const bucket = { flags: new Failure('log_unavailable') as RoomFlags | Failure, follows: true };
  const { cache, pass } = flagsOver(bucket);
  await t.rejects(cache.ready(room) as Promise<unknown>, { code: 'unavailable' });
  t.throws(() => cache.known(room), { code: 'unavailable' });
  bucket.flags = { ver: 3, archived: 1 };
  await cache.ready(room);
  bucket.flags = new Failure('log_unavailable');
  pass(40_000);
  t.equal(cache.ready(room), undefined, 'asked about in the background');
  t.same(cache.known(room), { ver: 3, archived: 1 });
  cache.forget(room);
  await t.rejects(cache.ready(room) as Promise<unknown>, { code: 'unavailable' });
});
