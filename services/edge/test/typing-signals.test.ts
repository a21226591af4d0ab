import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import type { Session } from '../src/session.ts';
import { createTypingSignals } from '../src/typing-signals.ts';

function typing(t: { teardown(work: () => void): void }) {
  let now = 1_000_000;
  let isStrained = false;
  const told: { u: string; on: number }[] = [];
  const signals = createTypingSignals({
    signals: { toRoom: (_room, bytes) => void told.push(JSON.parse(Buffer.from(bytes).toString())) },
    clock: { now: () => now },
    isStrained: () => isStrained,
  });
  t.teardown(signals.stop);
  const session = () => ({ user: newId<UserId>() }) as Session;
  const strain = (on: boolean): void => {
    isStrained = on;
  };
  return { signals, told, session, strain, later: (ms: number) => (now += ms) };
}

t.test('who goes on writing is told of again after a while, in each room for itself', async (t) => {
  const { signals, told, session, later } = typing(t);
  const [me, room, other] = [session(), newId<RoomId>(), newId<RoomId>()];
  signals.tell(me, room, 1);
  signals.tell(me, other, 1);
  t.equal(told.length, 2);
  later(2_499);
  signals.tell(me, room, 1);
  t.equal(told.length, 2);
  later(1);
  signals.tell(me, room, 1);
  t.equal(told.length, 3);
  signals.tell(me, room, 0);
  signals.tell(me, room, 0);
  signals.tell(me, room, 1);
  t.equal(told.length, 4, 'an end once, and no new beginning within the time of the old one');
});

t.test('many members of one room are not told of all at once', async (t) => {
  const { signals, told, session, later } = typing(t);
  const room = newId<RoomId>();
  for (let n = 0; n < 100; n++) signals.tell(session(), room, 1);
  t.equal(told.length, 10);
  later(1_000);
  for (let n = 0; n < 100; n++) signals.tell(session(), room, 1);
  t.equal(told.length, 15);
});

t.test('an edge with more to do than it can tells nobody who is writing', async (t) => {
  const { signals, told, session, strain } = typing(t);
  const [me, room] = [session(), newId<RoomId>()];
  strain(true);
  signals.tell(me, room, 1);
  t.same(told, []);
  strain(false);
  signals.tell(me, room, 1);
  t.equal(told.length, 1, 'what was left out does not count as told');
});
