import { newId, type RoomAccess, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { MemberRooms } from '../src/member-rooms.ts';

const room = newId<RoomId>();
const member = (ver: number): RoomAccess => ({ role: 'member', ver, since: ver });

t.test('that a membership ended is kept while an event from before may come, and no longer', async (t) => {
  const rooms = new MemberRooms();
  rooms.replace({ [room]: member(5) }, 0);
  t.same(rooms.replace({}, 20_000).lost, [room]);
  t.notOk(rooms.join(room, member(6), 30_000), 'perhaps it is from before');
  t.same(rooms.replace({}, 300_000).lost, []);
  t.notOk(rooms.join(room, member(6), 300_000));
  t.same(rooms.replace({}, 700_000).lost, []);
  t.ok(rooms.join(room, member(7), 700_000));
});
