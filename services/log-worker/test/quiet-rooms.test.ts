import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createQuietRooms } from '../src/quiet-rooms.ts';

t.test('a room is announced three times once it is quiet, with its newest number', async (t) => {
  const quiet = createQuietRooms();
  const room = newId<RoomId>();
  quiet.note(room, 5);
  quiet.note(room, 8);
  t.same(quiet.take(7), []);
  for (const upTo of [8, 8, 9]) t.same(quiet.take(upTo), [[room, 8]]);
  t.same(quiet.take(9), []);
});

t.test('an event begins the count anew', async (t) => {
  const quiet = createQuietRooms();
  const [room, other] = [newId<RoomId>(), newId<RoomId>()];
  quiet.note(room, 1);
  quiet.note(other, 2);
  t.same(quiet.take(2), [
    [room, 1],
    [other, 2],
  ]);
  quiet.note(room, 3);
  t.same(quiet.take(2), [[other, 2]]);
  t.same(quiet.take(3), [
    [other, 2],
    [room, 3],
  ]);
});

t.test('more rooms than it holds are announced early rather than forgotten', async (t) => {
  const quiet = createQuietRooms();
  for (let n = 0; n < 50_010; n++) quiet.note(`room-${n}` as RoomId, n);
  t.same(
    quiet.take(-1).map(([room]) => room),
    Array.from({ length: 10 }, (_, n) => `room-${n}`),
  );
  t.notOk(quiet.forgot());
});

t.test('and when there is no end to them it says that some are forgotten', async (t) => {
  const quiet = createQuietRooms();
  for (let n = 0; n <= 100_000; n++) quiet.note(`room-${n}` as RoomId, n);
  t.same([quiet.forgot(), quiet.forgot()], [true, false]);
});
