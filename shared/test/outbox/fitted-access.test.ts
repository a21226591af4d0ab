import t from 'tap';
import { fittedAccess } from '../../src/outbox/fitted-access.ts';
import { newId, type PastStay, type RoomAccess, type RoomId, type UserAccess } from '../../src/schema/index.ts';

const stays = Array.from({ length: 100 }, (_, n): PastStay => [1e9 + 2 * n, 1e9 + 2 * n + 1]);
const roomsOf = (count: number, access: RoomAccess): UserAccess =>
  Object.fromEntries(Array.from({ length: count }, () => [newId<RoomId>(), access]));
const member: RoomAccess = { role: 'member', ver: 1_000, since: 1e9 + 500 };

t.test('what fits is left as it is', async (t) => {
  const rooms = roomsOf(50, { ...member, own: stays });
  t.equal(fittedAccess(rooms), rooms);
});

t.test('the more rooms, the fewer stays of each, the newest', async (t) => {
  let before = 100;
  for (const count of [500, 1_000, 4_000]) {
    const rooms = { ...roomsOf(count, { ...member, own: stays }), ...roomsOf(1, member) };
    const fitted = fittedAccess(rooms) ?? {};
    t.ok(JSON.stringify(fitted).length <= 512 * 1024);
    t.same(Object.keys(fitted), Object.keys(rooms), 'and no room is left out');
    const [first, ...others] = Object.values(fitted).reverse();
    t.same(first, member);
    const own = others[0]?.own ?? [];
    t.ok(own.length < before, `${own.length} of each of ${count}`);
    t.same(own, stays.slice(stays.length - own.length));
    before = own.length;
  }
});

t.test('without any stays a room still shows no more than the time since', async (t) => {
  const fitted = fittedAccess(roomsOf(7_000, { ...member, own: stays }));
  t.ok(Object.values(fitted ?? {}).every(({ own }) => own?.length === 0));
  t.equal(Object.keys(fitted ?? {}).length, 7_000);
});

t.test('more rooms than an entry holds do not fit', async (t) => {
  t.equal(fittedAccess(roomsOf(20_000, member)), undefined);
});
