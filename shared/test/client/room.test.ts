import t from 'tap';
import { settled } from './fake-clock.ts';
import { message, ok, otherRoom, room, startFakeEdge, user } from './fake-edge.ts';

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

t.test('a page of history tells what came of each message, around a number and of a thread', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const { p: _, ...item } = message(7, 6);
  const more = {
    ver: 9,
    ed: 5,
    rx: [['👍', 2, 1]],
    th: { n: 3, s: 12, at: 8, us: [user] },
    men: [user],
    also: 1,
    in: otherRoom,
  };
  edge.script['hist'] = ({ i }) => ({ t: 'hist', i, r: room, ev: [{ ...item, ...more }], newer: 12 });
  const page = await edge.client.room(room).history({ around: 7, thread: 3 });
  t.match(page, {
    messages: [
      {
        ...{ seq: 7, version: 9, edited: 5, mentions: [user], also: true, whisperedIn: otherRoom },
        reactions: [{ emoji: '👍', count: 2, mine: true }],
        replies: { count: 3, last: 12, at: 8, users: [user] },
      },
    ],
    next: undefined,
    newer: 12,
  });
  t.match(edge.sentOf('hist'), [{ r: room, around: 7, re: 3 }]);
});

t.test('an answer, a quote and what an application adds go out with the text', async (t) => {
  const edge = startFakeEdge();
  edge.script['send'] = (frame) => ok(frame, { s: 8, at: 1 });
  edge.script['edit'] = (frame) => ok(frame, { s: 9, at: 1 });
  await edge.connect();
  const its = edge.client.room(room);
  await its.send('hi', { thread: 3, also: true, quote: 5, custom: { a: 1 } });
  await its.send('ho', { also: true });
  await its.edit(8, 'hey', { quote: null });
  const bodies = [{ text: 'hi', quote: 5, custom: { a: 1 } }, { text: 'ho' }];
  t.same(
    edge.sentOf('send').map(({ b, re, also }) => ({ b, re, also })),
    [
      { b: bodies[0], re: 3, also: 1 },
      { b: bodies[1], re: undefined, also: undefined },
    ],
  );
  t.match(edge.sentOf('edit'), [{ m: 8, b: { text: 'hey', quote: null } }]);
});

t.test('pins and forwards are calls, a whisper answers with its room', async (t) => {
  const edge = startFakeEdge();
  edge.script['call'] = (frame) => ok(frame, { res: {} });
  edge.script['whisper'] = (frame) => ok(frame, { s: 4, at: 5, r: otherRoom, dup: 1 });
  await edge.connect();
  const its = edge.client.room(room);
  await its.pin(7);
  await its.pin(7, false);
  await its.forward(7, [otherRoom], { clientId: 'a-client-id-of-mine' });
  t.match(
    edge.sentOf('call').map(({ m, p }) => [m, p]),
    [
      ['messages.pin', { room, sequence: 7, clientId: String }],
      ['messages.unpin', { room, sequence: 7 }],
      ['messages.forward', { room, sequence: 7, to: [otherRoom], clientId: 'a-client-id-of-mine' }],
    ],
  );
  const sent = await edge.client.whisper(user, 'psst', { room, custom: { a: 1 } });
  t.match(sent, { seq: 4, at: 5, room: otherRoom, duplicate: true, clientId: String });
  t.match(edge.sentOf('whisper'), [{ to: user, r: room, b: { text: 'psst', custom: { a: 1 } } }]);
  edge.socket().say({ ...message(9, 8), t: 'pin', m: 7, on: 1, b: undefined });
  await settled();
  t.match(edge.toldOf('pinned'), [{ message: 7, on: true, seq: 9 }]);
});

t.test('a room is marked unread, and who has read is asked for; crowds are counted', async (t) => {
  const edge = startFakeEdge();
  const readers = { items: [{ user, nickname: 'ada', at: '2026-11-21T12:00:00.000Z' }], next: 'more' };
  edge.script['call'] = (frame) => ok(frame, frame['m'] === 'messages.readers' ? { res: readers } : {});
  await edge.connect();
  const its = edge.client.room(room);
  await its.markUnread(7);
  t.same(await its.readers(7, { limit: 1 }), readers);
  t.same(
    edge.sentOf('call').map(({ m, p }) => [m, p]),
    [
      ['rooms.markUnread', { room, sequence: 7 }],
      ['messages.readers', { room, sequence: 7, limit: 1 }],
    ],
  );
  edge.socket().say({ t: 'unread', r: room, s: 7 });
  t.same(edge.toldOf('unread'), [{ type: 'unread', room, seq: 7 }]);
  edge.socket().say({ t: 'rcpt', r: room, w: [], s: 9, n: 312, d: 400, of: 1_000 });
  const crowd = { seq: 9, read: 312, received: 400, of: 1_000 };
  t.same(edge.toldOf('receipt'), [{ type: 'receipt', room, marks: [], crowd }]);
});

t.test('a search of a room and of all rooms is a call, its hits with places to highlight', async (t) => {
  const edge = startFakeEdge();
  const at = '2026-11-21T12:00:00.000Z';
  const hit = { room, sequence: 7, user, nickname: 'bob', at, edited: at, text: '서울에서', highlights: [[0, 2]] };
  edge.script['call'] = (frame) =>
    ok(frame, { res: { items: [hit], next: frame.m === 'messages.search' ? 7 : 'more' } });
  await edge.connect();
  const shown = {
    room,
    seq: 7,
    user,
    nickname: 'bob',
    at: Date.parse(at),
    edited: Date.parse(at),
    highlights: [[0, 2]],
  };
  const inRoom = await edge.client.room(room).search('서울', { before: 9, limit: 1 });
  t.match(inRoom, { hits: [{ ...shown, text: '서울에서', thread: undefined }], next: 7 });
  t.match(await edge.client.search('서울', { from: user, cursor: 'so far' }), { hits: [shown], next: 'more' });
  const group = { id: room, name: '등산', members: 3, createdAt: at };
  edge.script['call'] = (frame) => ok(frame, { res: { items: [group], next: 'more' } });
  const { rooms, next } = await edge.client.searchRooms('등산', { limit: 1 });
  t.same(rooms, [{ room, name: '등산', topic: undefined, members: 3, role: undefined }]);
  t.equal(next, 'more');
  t.same(
    edge.sentOf('call').map(({ m, p }) => [m, p]),
    [
      ['messages.search', { room, q: '서울', before: 9, limit: 1 }],
      ['search.messages', { q: '서울', from: user, cursor: 'so far' }],
      ['search.rooms', { q: '등산', limit: 1 }],
    ],
  );
});
