import t from 'tap';
import { settled } from './fake-clock.ts';
import {
  codeOf,
  err,
  type FakeEdge,
  type Frame,
  hi,
  message,
  ok,
  otherRoom,
  room,
  startFakeEdge,
  user,
} from './fake-edge.ts';

const live = (s: number, r = room): Frame => ({ t: 'live', r, s });
const lag = (from: number, to: number, retry?: number): Frame => ({
  ...{ t: 'lag', r: room, from, to },
  ...(retry === undefined ? {} : { retry }),
});
/** The events of a room as `kind number`. */
const story = (edge: FakeEdge): string[] =>
  edge.told.flatMap((event) => {
    if ('user' in event && 'seq' in event) return [`${event.type} ${event.seq}`];
    return event.type === 'live'
      ? [`live ${event.seq}`]
      : event.type === 'lag'
        ? [`lag ${event.from}-${event.to}`]
        : [];
  });
/** An edge with these events in its log: it replays what lies above the cursor, at most so many at once. */
function replaying(edge: FakeEdge, events: readonly Frame[], most = 1_000): void {
  edge.script['join'] = (frame, socket) => {
    const since = (frame['since'] as Record<string, number> | undefined)?.[room];
    const missed = since === undefined ? [] : events.filter(({ s }) => (s as number) > since);
    let cursor = since ?? 0;
    for (const event of missed.slice(0, most)) {
      socket.say({ ...event, p: cursor });
      cursor = event['s'] as number;
    }
    const head = events.at(-1)?.['s'] as number;
    if (missed.length > most) socket.say(lag(cursor + 1, head));
    socket.say(live(head));
    return ok(frame);
  };
}
const log = (from: number, to: number): Frame[] =>
  Array.from({ length: to - from + 1 }, (_, n) => message(from + n, from + n - 1));

t.test('events come once and in order; what came before is let go', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say(live(4), message(4, 3), message(5, 4), message(5, 4), message(8, 5), message(6, 5), message(9, 8));
  t.same(story(edge), ['live 4', 'message 5', 'message 8', 'message 9']);
  edge.socket().say(message(12, 0));
  t.same(story(edge).at(-1), 'message 12', 'no predecessor is known any more');
});

t.test('every kind of event is told in the words of the SDK, known or not, and keeps the chain', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const common = { v: 1, r: room, u: user, at: 1 };
  const c = '0190aaaa-0000-7000-8000-000000000000';
  edge
    .socket()
    .say(
      { ...message(1, 0), re: 7, del: 1, b: { text: '' } },
      { ...common, t: 'edit', s: 2, p: 1, m: 1, c, b: { text: 'better' } },
      { ...common, t: 'react', s: 3, p: 2, m: 1, c, e: '👍', on: 1 },
      { ...common, t: 'react', s: 4, p: 3, m: 1, c, e: '👍', on: 0 },
      { ...common, t: 'del', s: 5, p: 4, m: 1, c },
      { ...common, t: 'del', s: 6, p: 5, m: 1, dupOf: 0 },
      { ...common, t: 'mem', s: 7, p: 6, op: 'join', us: [user], ver: 1 },
      { ...common, t: 'room', s: 8, p: 7, name: 'Lobby', no: 1 },
      { ...common, t: 'poll', s: 9, p: 8, question: 'x?' },
      { ...common, t: 'link', s: 10, p: 9, m: 1, l: { url: 'https://example.org/', title: 'Example' } },
    );
  t.match(edge.told.slice(1), [
    { type: 'message', seq: 1, room, user, at: 1_001, thread: 7, deleted: true, body: { text: '' } },
    { type: 'edited', seq: 2, message: 1, body: { text: 'better' }, deleted: false },
    { type: 'reaction', seq: 3, message: 1, emoji: '👍', on: true },
    { type: 'reaction', seq: 4, on: false },
    { type: 'deleted', seq: 5, message: 1, duplicateOf: undefined },
    { type: 'deleted', seq: 6, duplicateOf: 0 },
    { type: 'membership', seq: 7, op: 'join', users: [user] },
    { type: 'room', seq: 8, name: 'Lobby', number: 1 },
    { type: 'other', seq: 9, frame: { t: 'poll', question: 'x?' } },
    { type: 'preview', seq: 10, message: 1, link: { title: 'Example' }, deleted: false },
  ]);
  t.equal(edge.sentOf('join').length, 0);
});

t.test('signals are told as they come', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge
    .socket()
    .say(
      { t: 'rcpt', r: room, w: [[user, 9, 7]] },
      { t: 'typing', r: room, u: user, on: 0 },
      { t: 'readelse', r: room, s: 7 },
    );
  t.same(edge.told.slice(1), [
    { type: 'receipt', room, marks: [{ user, received: 9, read: 7 }] },
    { type: 'typing', room, user, on: false },
    { type: 'readElsewhere', room, seq: 7 },
  ]);
});

t.test('a hole is never passed: the room is replayed from its cursor', async (t) => {
  const edge = startFakeEdge();
  replaying(edge, log(5, 12));
  await edge.connect();
  edge.socket().say(live(4), message(5, 4), message(8, 7), message(9, 8));
  t.same(story(edge), ['live 4', 'message 5']);
  await settled();
  t.match(edge.sentOf('join'), [{ rs: [room], since: { [room]: 5 } }]);
  const rest = ['message 6', 'message 7', 'message 8', 'message 9', 'message 10', 'message 11', 'message 12'];
  t.same(story(edge).slice(2), [...rest, 'live 12']);
});

t.test('a replay that leaves the hole open is asked for again, after pauses, as long as that takes', async (t) => {
  const edge = startFakeEdge({ random: 1 });
  await edge.connect();
  edge.script['join'] = (frame, socket) => {
    socket.say(live(8));
    return ok(frame);
  };
  edge.socket().say(live(4), message(8, 7));
  await edge.clock.pass(4_000);
  t.equal(edge.sentOf('join').length, 4, 'at once, after 500, 1,000 and 2,000 ms');
  t.same(story(edge), ['live 4']);
  replaying(edge, log(5, 8));
  await edge.clock.pass(4_000);
  t.same(story(edge).slice(1), ['message 5', 'message 6', 'message 7', 'message 8', 'live 8']);
});

t.test('lag is caught up stretch by stretch, and what is live meanwhile comes in its place', async (t) => {
  const edge = startFakeEdge();
  replaying(edge, log(5, 20), 6);
  await edge.connect();
  edge.socket().say(live(4), lag(5, 18), message(19, 18), message(20, 19));
  await edge.clock.pass(10);
  t.same(
    edge.sentOf('join').map(({ since }) => (since as Record<string, number>)[room]),
    [4, 10, 16],
  );
  const told = story(edge);
  t.same(
    told.filter((one) => one.startsWith('message')),
    Array.from({ length: 16 }, (_, n) => `message ${n + 5}`),
  );
  t.same(
    told.filter((one) => one.startsWith('lag')),
    ['lag 5-18', 'lag 11-20', 'lag 17-20'],
  );
  t.equal(told.at(-1), 'live 20');
});

t.test('lag that cannot be read yet waits for its time', async (t) => {
  const edge = startFakeEdge();
  replaying(edge, log(5, 9));
  await edge.connect();
  edge.socket().say(live(4), lag(5, 8, 2_000), message(9, 8));
  t.match(edge.toldOf('lag'), [{ from: 5, to: 8, retryMs: 2_000 }]);
  await edge.clock.pass(1_999);
  t.equal(edge.sentOf('join').length, 0);
  await edge.clock.pass(1);
  await settled();
  t.same(story(edge).slice(2), ['message 5', 'message 6', 'message 7', 'message 8', 'message 9', 'live 9']);
  edge.socket().say(lag(6, 9));
  t.equal(edge.toldOf('lag').length, 1, 'what one has does not lag');
});

t.test('while nothing can be read the pauses grow', async (t) => {
  const edge = startFakeEdge({ random: 1 });
  edge.script['join'] = (frame, socket) => {
    socket.say(lag(5, 8, 100), live(8));
    return ok(frame);
  };
  await edge.connect();
  edge.socket().say(live(4), lag(5, 8, 100));
  await edge.clock.pass(120_000);
  t.ok(edge.sentOf('join').length < 12, `${edge.sentOf('join').length} joins in two minutes`);
  t.equal(edge.client.position()?.rooms[room], 4);
});

t.test('a join that fails is tried again; one of somebody else’s room is not', async (t) => {
  const edge = startFakeEdge({ random: 1 });
  await edge.connect();
  edge.script['join'] = (frame) => err(frame, 'unavailable', 300);
  edge.socket().say(live(4), message(8, 7));
  await edge.clock.pass(10);
  t.match(edge.toldOf('error'), [{ error: { code: 'unavailable' } }]);
  edge.script['join'] = (frame) => err(frame, 'not_member');
  await edge.clock.pass(10_000);
  t.match(edge.toldOf('removed'), [{ room }]);
  t.equal(edge.sentOf('join').length, 2);
  t.same(edge.client.position()?.rooms, {});
});

t.test('a replay that outlasts its deadline goes on from where it is', async (t) => {
  const edge = startFakeEdge({ deadlineMs: 1_000 });
  await edge.connect();
  edge.script['join'] = () => undefined;
  edge.socket().say(live(4), message(8, 7));
  await edge.clock.pass(900);
  edge.socket().say(message(5, 4), message(6, 5));
  replaying(edge, log(5, 8));
  await edge.clock.pass(200);
  t.match(edge.sentOf('join')[1], { since: { [room]: 6 } });
  t.same(story(edge).slice(1), ['message 5', 'message 6', 'message 7', 'message 8', 'live 8']);
  t.same(edge.toldOf('error'), []);
});

t.test('a reconnect resumes each room from its cursor, and a repair under way is not lost', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.script['join'] = () => undefined;
  edge.socket().say(live(4), live(30, otherRoom), message(8, 7), message(31, 30, otherRoom));
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  t.match(edge.sentOf('hello')[1], { since: { [room]: 4, [otherRoom]: 31 }, gen: 'first', rooms: 'all' });
  edge.socket().say(...log(5, 8), live(8), message(9, 8));
  edge.socket().say(live(31, otherRoom), message(32, 31, otherRoom));
  t.same(
    edge.toldOf('message').map(({ seq }) => seq),
    [31, 5, 6, 7, 8, 9, 32],
  );
  t.same(edge.client.position(), { gen: 'first', rooms: { [room]: 9, [otherRoom]: 32 } });
});

t.test('what the replay did not show is in no hole: `live` moves the cursor', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say(live(4));
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  edge.socket().say(live(9), message(10, 9));
  t.same(story(edge), ['live 4', 'live 9', 'message 10']);
});

t.test('a room that is live without a replay, though one has a cursor, is replayed', async (t) => {
  const edge = startFakeEdge();
  replaying(edge, log(5, 9));
  await edge.connect();
  edge.socket().say(live(4), live(9), message(10, 9));
  t.same(story(edge), ['live 4']);
  replaying(edge, log(5, 10));
  await edge.clock.pass(1_000);
  t.same(
    story(edge).slice(1, 7),
    log(5, 10).map(({ s }) => `message ${s}`),
  );
});

t.test('cursors that no frame holds go in several', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const rooms = Array.from({ length: 700 }, (_, n) => `01j${String(n).padStart(23, '0')}`);
  edge.socket().say(...rooms.map((r, n) => live(1_000_000 + n, r)));
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  const hellos = edge.sentOf('hello').slice(1);
  t.ok(hellos.length >= 2);
  for (const hello of hellos) {
    t.ok(JSON.stringify(hello).length <= 16_384);
    t.ok(Object.keys(hello['since'] as object).length <= 500);
  }
  t.same(
    hellos.map(({ more, tok, i }) => [more, tok !== undefined, i !== undefined]),
    hellos.map((_, n) => [n < hellos.length - 1 ? 1 : undefined, n === 0, n === hellos.length - 1]),
  );
  t.same(
    Object.assign({}, ...hellos.map(({ since }) => since)),
    Object.fromEntries(rooms.map((r, n) => [r, 1_000_000 + n])),
  );
  t.equal(edge.client.state(), 'live');
});

t.test('another generation of the installation voids every cursor, and says so', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say(live(40));
  edge.script['hello'] = (frame) => hi(frame, 'second');
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  edge.socket().say(live(2), message(3, 2));
  t.match(edge.toldOf('reset'), [{ room: undefined }]);
  t.same(story(edge), ['live 40', 'live 2', 'message 3']);
  t.same(edge.client.position(), { gen: 'second', rooms: { [room]: 3 } });
});

t.test('a cursor that the server does not know voids that one', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say(live(40), live(7, otherRoom));
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  edge.socket().say({ t: 'err', code: 'bad_cursor', msg: 'no', r: room }, live(2), live(7, otherRoom), message(3, 2));
  t.same(edge.toldOf('reset'), [{ type: 'reset', room }]);
  t.same(edge.client.position()?.rooms, { [room]: 3, [otherRoom]: 7 });
});

t.test('a client goes on where another one was', async (t) => {
  const edge = startFakeEdge({ from: { gen: 'first', rooms: { [room]: 17 } } });
  await edge.connect();
  t.match(edge.sentOf('hello'), [{ since: { [room]: 17 }, gen: 'first' }]);
  edge.socket().say(message(18, 17), live(18));
  t.same(story(edge), ['message 18', 'live 18']);
});

t.test('a room that was removed has no cursor any more', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say(live(4), { t: 'removed', r: room });
  t.match(edge.toldOf('removed'), [{ room }]);
  t.same(edge.client.position()?.rooms, {});
});

t.test('a room that is left is silent, over reconnects too, and joined again it starts anew', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const left = edge.client.room(room);
  edge.socket().say(live(4));
  await left.leave();
  edge.socket().say(message(5, 4), live(5));
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  t.equal(edge.sentOf('leave').length, 2);
  t.notOk(edge.sentOf('hello')[1]?.['since']);
  edge.script['join'] = (frame, socket) => {
    socket.say(live(20));
    return ok(frame);
  };
  await left.join();
  edge.socket().say(message(21, 20));
  t.same(story(edge), ['live 4', 'live 20', 'message 21']);
});

t.test('rooms that were named are joined one by one, together in few frames', async (t) => {
  const names = Array.from({ length: 300 }, (_, n) => `01j${String(n).padStart(23, '0')}`);
  const edge = startFakeEdge({ rooms: names });
  const [first = '', second = ''] = names;
  edge.script['join'] = (frame, socket) => {
    const rooms = frame['rs'] as string[];
    if (rooms.includes(second)) return err(frame, 'not_member');
    for (const r of rooms) socket.say(live(4, r));
    return ok(frame);
  };
  await edge.connect();
  t.match(edge.sentOf('hello'), [{ rooms: 'none' }]);
  await settled();
  t.same(edge.toldOf('removed'), [{ type: 'removed', room: second }], 'the others do not suffer');
  t.equal(edge.toldOf('live').length, 299);
  edge.socket().say(message(5, 4, first), message(9, 8, 'not-mine'));
  t.equal(edge.toldOf('message').length, 1);
  edge.socket().end(1006);
  await edge.clock.pass(1_000);
  const joins = edge.socket().sent.filter(({ t }) => t === 'join');
  t.equal(joins.length, 2);
  t.match(joins[0], { since: { [first]: 5 } });
  for (const join of joins) t.ok(JSON.stringify(join).length <= 16_384);
});

t.test('a room is joined when somebody asks for it: at once, or with the next session', async (t) => {
  const edge = startFakeEdge({ rooms: [] });
  await edge.client.room(room).join();
  await edge.connect();
  t.match(edge.sentOf('join'), [{ rs: [room] }]);
  await edge.client.room(room).join();
  t.equal(edge.sentOf('join').length, 1, 'once');
  edge.script['join'] = (frame) => err(frame, 'not_member');
  t.equal(await codeOf(edge.client.room(otherRoom).join()), 'not_member');
});

t.test('of all rooms one that is not live yet can be joined', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  await edge.client.room(room).join();
  t.match(edge.sentOf('join'), [{ rs: [room] }]);
  edge.socket().say(live(4));
  await edge.client.room(room).join();
  t.equal(edge.sentOf('join').length, 1, 'it is live now');
});
