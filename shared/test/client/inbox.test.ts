import t from 'tap';
import { settled } from './fake-clock.ts';
import { type Frame, hi, message, ok, room, startFakeEdge, user } from './fake-edge.ts';

const notice = (s: number, p: number, text = `${s}`): Frame => ({
  ...{ s, p, v: 1, t: 'notice', r: user, u: user, at: 1, text },
});
const greets =
  (inbox: number, gen = 'first') =>
  (frame: Frame): Frame => ({ ...hi(frame, gen), inbox });

t.test('what is told to me alone comes in the words of the SDK, in its order', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = greets(10);
  await edge.connect();
  const common = { v: 1, r: user, u: user, at: 1, in: room };
  edge
    .socket()
    .say(
      { ...common, t: 'mention', s: 11, p: 10, m: 5, all: 1 },
      { ...common, t: 'invite', s: 12, p: 11, id: 'i' },
      { ...common, t: 'added', s: 13, p: 12, ver: 2 },
      { ...common, t: 'out', s: 14, p: 13, op: 'ban', ver: 3 },
      notice(15, 14, 'hello'),
      { ...common, t: 'birthday', s: 16, p: 15 },
      notice(15, 14, 'again'),
      { ...common, t: 'reply', s: 17, p: 16, m: 9, re: 5 },
      { v: 1, r: user, u: user, at: 1, t: 'notify', s: 18, p: 17, level: 'mentions', until: 7, ver: 2 },
    );
  t.match(edge.told.slice(1), [
    { type: 'mention', seq: 11, room, message: 5, everybody: true },
    { type: 'invitation', seq: 12, room, id: 'i' },
    { type: 'added', seq: 13, room },
    { type: 'out', seq: 14, room, how: 'ban' },
    { type: 'notice', seq: 15, text: 'hello' },
    { type: 'other', seq: 16, frame: { t: 'birthday' } },
    { type: 'reply', seq: 17, room, message: 9, thread: 5, quoted: undefined },
    { type: 'notificationSettings', seq: 18, room: undefined, level: 'mentions', silentUntil: 7, version: 2 },
  ]);
  t.equal(edge.told.length, 9);
  t.match(edge.client.position(), { rooms: {}, inbox: 18 });
});

t.test('a connection later, and a program later, the inbox goes on from where it was', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = greets(10);
  await edge.connect();
  t.notOk('inbox' in (edge.sentOf('hello')[0] ?? {}));
  edge.socket().say({ t: 'live', r: room, s: 3 }, message(4, 3), notice(11, 10));
  const position = edge.client.position();
  t.same(position, { gen: 'first', rooms: { [room]: 4 }, inbox: 11 });
  edge.socket().end(1012);
  edge.clock.pass(60_000);
  await settled();
  t.match(edge.sentOf('hello').at(-1), { since: { [room]: 4 }, inbox: 11, gen: 'first' });
  t.strictSame(Object.keys(edge.sentOf('hello').at(-1)?.['since'] as object), [room], 'it is no room of mine');
  const later = edge.another({ from: position as NonNullable<typeof position> });
  await later.connect();
  t.match(edge.sentOf('hello').at(-1), { inbox: 11 });
  t.equal(later.position()?.inbox, 11);
});

t.test('a hole in the inbox is filled before anything behind it is told', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = greets(10);
  edge.script['join'] = (frame, socket) => {
    t.match(frame, { rs: [user], since: { [user]: 10 } });
    socket.say(notice(11, 10), notice(12, 11), { t: 'live', r: user, s: 12 });
    return ok(frame);
  };
  await edge.connect();
  edge.socket().say(notice(12, 11));
  t.equal(edge.toldOf('notice').length, 0);
  await settled();
  t.same(
    edge.toldOf('notice').map(({ seq }) => seq),
    [11, 12],
  );
});

t.test('in another installation the inbox begins where it is there', async (t) => {
  const edge = startFakeEdge({ from: { gen: 'before', rooms: {}, inbox: 500 } });
  edge.script['hello'] = greets(10);
  await edge.connect();
  edge.socket().say(notice(11, 10));
  t.same(
    edge.toldOf('notice').map(({ seq }) => seq),
    [11],
  );
  t.equal(edge.toldOf('reset').length, 1);
});
