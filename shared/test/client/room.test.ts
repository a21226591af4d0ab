import t from 'tap';
import { message, room, startFakeEdge, user } from './fake-edge.ts';

t.test('a page of history', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const { p: _, ...item } = message(7, 6);
  edge.script['hist'] = ({ i }) => ({
    t: 'hist',
    i,
    r: room,
    ev: [{ ...item, s: 6, b: { text: '' }, del: 1 }, item],
    next: 7,
  });
  const page = await edge.client.room(room).history({ before: 8, limit: 1 });
  t.match(page, {
    messages: [
      { type: 'message', seq: 6, body: { text: '' }, deleted: true },
      { type: 'message', seq: 7, room, user, body: { text: 'message 7' }, deleted: false },
    ],
    next: 7,
  });
  t.match(edge.sentOf('hist'), [{ r: room, before: 8, n: 1 }]);
});
