import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { startEdge, wait } from '../start-edge.ts';

t.test('members who are there hear who is writing; floods, strangers and nonsense they do not', async (t) => {
  const edge = await startEdge(t);
  const [ann, ben, stranger] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
  const room = newId<RoomId>();
  for (const member of [ann, ben]) await edge.allow(member, room);
  await edge.allow(stranger);
  const [writing, reading, outside] = [await edge.greeted(ann), await edge.greeted(ben), await edge.greeted(stranger)];

  writing.send({ t: 'typing', r: room, on: 0 });
  for (let n = 0; n < 50; n++) writing.send({ t: 'typing', r: room, on: 1 });
  t.same(await reading.next({ t: 'typing' }), { t: 'typing', r: room, u: ann, on: 1 });
  for (let n = 0; n < 20; n++) writing.send({ t: 'typing', r: room, on: n % 2 });
  writing.send({ t: 'typing', i: 1, r: room, on: 1 });
  t.same(await writing.next({ i: 1 }), { t: 'ok', i: 1 }, 'answered, though not told');
  t.same(await reading.next({ t: 'typing' }), { t: 'typing', r: room, u: ann, on: 0 }, 'an end passes');

  outside.send({ t: 'typing', i: 1, r: room, on: 1 });
  t.match(await outside.next({ i: 1 }), { t: 'err', code: 'not_member' });
  for (const [i, on] of [2, -1, true, '1', undefined].entries()) {
    writing.send({ t: 'typing', i: 10 + i, r: room, on });
    t.match(await writing.next({ i: 10 + i }), { t: 'err', code: 'bad_frame' });
  }
  await wait(100);
  t.equal(reading.frames.filter((frame) => frame.t === 'typing').length, 2);
  t.equal((await edge.bus.log.readRoom(room, 1, 10)).length, 0, 'nothing is stored');
});
