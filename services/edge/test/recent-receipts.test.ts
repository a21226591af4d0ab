import { encodeFrame } from '@gapless/shared/protocol';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createRecentReceipts } from '../src/recent-receipts.ts';

const [room, ann, ben] = [newId<RoomId>(), newId<UserId>(), newId<UserId>()];
const signal = (w: (readonly [UserId, number, number])[]) => Buffer.from(encodeFrame({ t: 'rcpt', r: room, w }));

t.test('a socket that comes back gets what it missed in one frame, the newest of each member', async (t) => {
  let now = 1_000_000;
  const recent = createRecentReceipts({ clock: { now: () => now } });
  t.teardown(recent.stop);
  const since = (time: number) => {
    const frame = recent.since(room, time);
    return frame === undefined ? undefined : JSON.parse(Buffer.from(frame).toString());
  };
  t.equal(since(0), undefined);
  recent.heard(room, signal([[ann, 5, 5]]));
  now += 10_000;
  recent.heard(room, signal([[ben, 3, 0]]));
  recent.heard(room, signal([[ben, 9, 8]]));
  recent.heard(room, signal([[ben, 7, 7]]));
  t.same(since(now - 10_000), {
    t: 'rcpt',
    r: room,
    w: [
      [ann, 5, 5],
      [ben, 9, 8],
    ],
  });
  t.same(since(now - 9_000), { t: 'rcpt', r: room, w: [[ben, 9, 8]] });
  t.equal(since(now + 1), undefined);
  t.equal(recent.since(newId<RoomId>(), 0), undefined);
  now += 55_000;
  t.same(since(0)?.w, [[ben, 9, 8]], 'for a minute');
  now += 10_000;
  t.equal(since(0), undefined);
  for (const n of [1, 2])
    recent.heard(room, Buffer.from(encodeFrame({ t: 'rcpt', r: room, w: [], s: 9, n, d: 2, of: 9 })));
  t.match(since(now), { n: 2, of: 9 }, 'of a crowd the newest count');
  t.equal(since(now + 1), undefined);
});

t.test('other signals, and what is none, change nothing; the members of one room are bounded', async (t) => {
  const recent = createRecentReceipts({ clock: { now: () => 1 } });
  t.teardown(recent.stop);
  for (const text of ['', '{"t":"typing"}', '{"t":"rcpt"', '{"t":"rcpt"}', '{"t":"rcpt","w":7}'])
    recent.heard(room, Buffer.from(text));
  t.equal(recent.since(room, 0), undefined);
  for (let n = 0; n < 1_000; n++) recent.heard(room, signal([[newId<UserId>(), n, n]]));
  t.equal(JSON.parse(Buffer.from(recent.since(room, 0) ?? '').toString()).w.length, 200);
});
