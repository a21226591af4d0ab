import t from 'tap';
import { settled } from './fake-clock.ts';
import { err, type Frame, ok, room, startFakeEdge } from './fake-edge.ts';

t.test('of watermarks the highest goes out, one at a time, and again when it was not confirmed', async (t) => {
  const edge = startFakeEdge();
  const lobby = edge.client.room(room);
  lobby.read(3);
  await edge.connect();
  t.match(edge.sentOf('read'), [{ r: room, s: 3 }]);
  for (const seq of [4, 9, 6]) lobby.read(seq);
  await settled();
  t.equal(edge.sentOf('read').length, 1);
  edge.socket().say(ok(edge.sentOf('read')[0] as Frame));
  await settled();
  t.match(edge.sentOf('read')[1], { s: 9 });
  edge.socket().end(1006);
  edge.script['read'] = (frame) => ok(frame);
  edge.script['recv'] = (frame) => err(frame, 'rate_limited', 500);
  await edge.clock.pass(1_000);
  t.match(edge.sentOf('read')[2], { s: 9 });
  t.equal(edge.sentOf('read').length, 3);

  lobby.received(10);
  await settled();
  lobby.received(11);
  await settled();
  t.equal(edge.sentOf('recv').length, 1, 'it waits as it was told to');
  edge.script['recv'] = (frame) => err(frame, 'not_member');
  await edge.clock.pass(500);
  await edge.clock.pass(60_000);
  t.match(edge.sentOf('recv'), [{ s: 10 }, { s: 11 }]);
  t.match(edge.toldOf('error'), [{ error: { code: 'not_member' } }]);
});

t.test('typing is said while somebody hears it', async (t) => {
  const edge = startFakeEdge();
  edge.client.room(room).typing(true);
  await edge.connect();
  edge.client.room(room).typing(true);
  edge.client.room(room).typing(false);
  t.match(edge.sentOf('typing'), [
    { r: room, on: 1 },
    { r: room, on: 0 },
  ]);
});
