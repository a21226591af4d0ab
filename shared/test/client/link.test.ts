import t from 'tap';
import { settled } from './fake-clock.ts';
import { codeOf, err, hi, startFakeEdge, user } from './fake-edge.ts';

t.test('connect says hello with the token and resolves with the session', async (t) => {
  const edge = startFakeEdge({ token: async () => 'fresh' });
  t.equal(edge.client.state(), 'idle');
  const session = await edge.client.connect();
  t.match(session, { user, limits: { text: 1_000 } });
  t.match(edge.socket().sent, [{ t: 'hello', tok: 'fresh', rooms: 'all' }]);
  t.same(edge.socket().protocols, ['gapless.v1']);
  t.equal(edge.client.state(), 'live');
  t.equal(await edge.client.connect(), session, 'a second call finds the session');
  t.same(
    edge.told.map(({ type }) => type),
    ['connected'],
  );
});

t.test('what follows `hi` in the same turn belongs to the new session', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = (frame, socket) => {
    socket.say(hi(frame), { t: 'rooms', rs: [{ r: 'a', head: 4, role: 'owner', read: 3 }], more: 1 });
    socket.say({ t: 'rooms', rs: [] });
    return undefined;
  };
  await edge.connect();
  t.same(edge.told.slice(1), [
    { type: 'rooms', rooms: [{ room: 'a', head: 4, role: 'owner', read: 3 }], more: true },
    { type: 'rooms', rooms: [], more: false },
  ]);
});

const closes = [
  [1006, undefined, 500],
  [1001, undefined, 500],
  [1012, 'restart', 500],
  [1013, 'try_later', 1_500],
  [4008, 'slow_consumer', 1_500],
  [4408, 'no_hello', 1_500],
  [4011, 'token_expired', 500],
  [4099, undefined, 500],
] as const;
for (const [code, name, inMs] of closes) {
  t.test(`after a close with ${code} it comes back in ${inMs} ms at most`, async (t) => {
    const edge = startFakeEdge({ random: 1 });
    await edge.connect();
    edge.socket().end(code, 'because');
    t.same(edge.toldOf('disconnected'), [
      { type: 'disconnected', closed: { code, name, reason: 'because' }, retryInMs: inMs },
    ]);
    t.equal(edge.client.state(), 'waiting');
    await edge.clock.pass(inMs - 1);
    t.equal(edge.sockets.length, 1);
    await edge.clock.pass(1);
    t.equal(edge.client.state(), 'live');
    t.equal(edge.toldOf('connected').length, 2);
  });
}

for (const code of [4400, 4403, 4409, 4429, 4499]) {
  t.test(`after a close with ${code} it does not come back by itself`, async (t) => {
    const edge = startFakeEdge();
    await edge.connect();
    edge.socket().end(code);
    t.match(edge.toldOf('disconnected'), [{ closed: { code }, retryInMs: undefined }]);
    t.equal(edge.client.state(), 'idle');
    await edge.clock.pass(600_000);
    t.equal(edge.sockets.length, 1);
    await edge.connect();
    t.equal(edge.client.state(), 'live', 'but it does when told to');
  });
}

t.test('pauses double up to 30 s, and a session that stood ends that', async (t) => {
  const edge = startFakeEdge({ random: 1, opens: false, deadlineMs: 100_000 });
  void edge.client.connect();
  for (let n = 0; n < 9; n++) {
    await settled();
    edge.socket().end(1006);
    await edge.clock.pass(30_000);
  }
  const pauses = edge.toldOf('disconnected').map(({ retryInMs }) => retryInMs);
  t.same(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  const stand = async (ms: number) => {
    edge.socket().open();
    await edge.clock.pass(ms);
    edge.socket().end(1006);
    return edge.toldOf('disconnected').at(-1)?.retryInMs;
  };
  t.equal(await stand(9_000), 30_000, 'one that fell at once is no good one');
  await edge.clock.pass(30_000);
  t.equal(await stand(10_000), 500);
});

t.test('the whole pause is by chance', async (t) => {
  const edge = startFakeEdge({ random: 0.01 });
  await edge.connect();
  edge.socket().end(1006);
  t.match(edge.toldOf('disconnected'), [{ retryInMs: 5 }]);
});

t.test('addresses are tried in turn, and connect does not wait for the pause', async (t) => {
  const edge = startFakeEdge({ random: 1, url: ['ws://a.test/ws', 'ws://b.test/ws', 'ws://c.test/ws'] });
  for (let n = 0; n < 4; n++) {
    await edge.connect();
    edge.socket().end(1006);
  }
  t.same(
    edge.sockets.map(({ url }) => url[5]),
    ['a', 'b', 'c', 'a'],
  );
  t.throws(() => startFakeEdge({ url: [] }), TypeError);
  t.throws(() => startFakeEdge({ url: 'https://a.test' }), TypeError);
});

t.test('bye: it stays for what is under way, then goes to the next edge', async (t) => {
  const edge = startFakeEdge({ url: ['ws://a.test/ws', 'ws://b.test/ws'] });
  await edge.connect();
  edge.socket().say({ t: 'bye', after: 700, why: 'drain' });
  await edge.clock.pass(699);
  t.equal(edge.client.state(), 'live');
  await edge.clock.pass(1);
  await settled();
  t.equal(edge.client.state(), 'live');
  t.same(
    edge.sockets.map(({ url }) => url[5]),
    ['a', 'b'],
  );
});

t.test('bye, and the edge closes before the time: it still comes back after it', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say({ t: 'bye', after: 700, why: 'drain' });
  await edge.clock.pass(100);
  edge.socket().end(1012, 'restart');
  t.match(edge.toldOf('disconnected'), [{ retryInMs: 600 }]);
});

t.test(
  'a greeting that the server cannot take now is repeated after its time, one that it never takes is not',
  async (t) => {
    const edge = startFakeEdge();
    edge.script['hello'] = (frame) => err(frame, 'unavailable', 3_000);
    const connecting = edge.client.connect();
    await settled();
    t.match(edge.toldOf('disconnected'), [{ retryInMs: 3_000 }]);
    edge.script['hello'] = (frame) => err(frame, 'forbidden');
    const refused = codeOf(connecting);
    await edge.clock.pass(3_000);
    t.equal(await refused, 'forbidden');
    t.equal(edge.client.state(), 'idle');
  },
);

t.test('every step has its deadline', async (t) => {
  const mute = startFakeEdge({ deadlineMs: 50, opens: false });
  void mute.client.connect();
  await mute.clock.pass(51);
  t.match(mute.toldOf('disconnected'), [{ closed: { code: 1006, reason: 'No connection in 50 ms' } }]);

  const silent = startFakeEdge({ deadlineMs: 50 });
  silent.script['hello'] = () => undefined;
  void silent.client.connect();
  await silent.clock.pass(51);
  t.match(silent.toldOf('disconnected'), [{ closed: { reason: 'No answer' } }]);

  let works = false;
  const slow = startFakeEdge({ deadlineMs: 50, token: () => (works ? 'a-token' : new Promise(() => undefined)) });
  const session = slow.client.connect();
  await slow.clock.pass(51);
  t.match(slow.toldOf('error'), [{ error: { code: 'unavailable', message: /token/ } }]);
  works = true;
  await slow.clock.pass(1_000);
  t.match(await session, { user });
});

t.test('silence of either side is broken by a ping, and a ping without an answer ends the connection', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  await edge.clock.pass(24_999);
  t.equal(edge.sentOf('ping').length, 0);
  await edge.clock.pass(1);
  t.equal(edge.sentOf('ping').length, 1);
  await edge.clock.pass(100_000);
  t.equal(edge.sentOf('ping').length, 5);
  t.equal(edge.sockets.length, 1);

  edge.script['ping'] = () => undefined;
  edge.client.room('r').typing(true);
  await edge.clock.pass(25_000);
  edge.client.room('r').typing(true);
  await edge.clock.pass(10_000);
  t.match(edge.toldOf('disconnected'), [{ closed: { code: 1006, reason: 'No answer' }, retryInMs: 0 }]);
  await edge.clock.pass(1);
  t.equal(edge.client.state(), 'live');
});

t.test('a late answer is no dead connection while others come', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const asked = codeOf(edge.client.room('r').history());
  await edge.clock.pass(9_000);
  edge.socket().say({ t: 'typing', r: 'r', u: user, on: 1 });
  await edge.clock.pass(1_000);
  t.equal(await asked, 'unknown');
  t.equal(edge.sockets.length, 1);
  edge.socket().say({ t: 'hist', i: edge.sentOf('hist')[0]?.['i'], r: 'r', ev: [] });
  t.same(edge.toldOf('unknown', 'error'), [], 'and harms nobody when it comes after all');
});

t.test('close ends everything, once', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const lost = codeOf(edge.client.room('r').history());
  await Promise.all([edge.client.close(), edge.client.close()]);
  t.equal(edge.socket().closedWith, 1000);
  t.equal(await lost, 'unknown');
  t.equal(edge.client.state(), 'closed');
  t.equal(edge.clock.waiting, 0, 'no timer is left');
  t.match(edge.toldOf('disconnected'), [{ closed: { code: 1000 }, retryInMs: undefined }]);
  t.equal(await codeOf(edge.client.connect()), 'unavailable');
  t.equal(await codeOf(edge.client.room('r').history()), 'unavailable');
  t.equal(await codeOf(edge.client.room('r').send('hi')), 'unavailable');
});

t.test('close in every other state ends everything as well', async (t) => {
  const idle = startFakeEdge();
  await idle.client.close();
  t.equal(idle.sockets.length, 0);

  const opening = startFakeEdge({ opens: false });
  const never = codeOf(opening.client.connect());
  await settled();
  const closing = opening.client.close();
  opening.socket().open();
  await closing;
  t.equal(await never, 'unavailable');
  t.same(opening.socket().sent, []);

  const waiting = startFakeEdge({ random: 1 });
  await waiting.connect();
  waiting.socket().end(1006);
  await waiting.client.close();
  await waiting.clock.pass(60_000);
  t.equal(waiting.sockets.length, 1);

  const asking = startFakeEdge({ token: () => new Promise((resolve) => setImmediate(() => resolve('late'))) });
  const none = codeOf(asking.client.connect());
  await asking.client.close();
  t.equal(await none, 'unavailable');
  await settled();
  await settled();
  t.equal(asking.sockets.length, 0);
  for (const { clock } of [idle, opening, waiting, asking]) t.equal(clock.waiting, 0);
});

t.test('a server that does not answer close is left at the deadline', async (t) => {
  const edge = startFakeEdge({ deadlineMs: 50 });
  await edge.connect();
  edge.socket().close = () => undefined;
  const closing = edge.client.close();
  await edge.clock.pass(50);
  await closing;
  t.match(edge.toldOf('disconnected'), [{ closed: { reason: 'No answer to close' } }]);
});

t.test('a listener may close, or connect at once, when it hears of a lost connection', async (t) => {
  const closing = startFakeEdge();
  closing.client.on('disconnected', () => void closing.client.close());
  await closing.connect();
  closing.socket().end(1006);
  await closing.clock.pass(60_000);
  t.equal(closing.sockets.length, 1);

  const hasty = startFakeEdge({ random: 1 });
  hasty.client.on('disconnected', () => void hasty.client.connect());
  await hasty.connect();
  hasty.socket().end(4403);
  await settled();
  t.equal(hasty.client.state(), 'live');
  hasty.socket().end(1006);
  await settled();
  t.equal(hasty.client.state(), 'live');
  await hasty.clock.pass(10_000);
  t.equal(hasty.sockets.length, 3);
});

t.test('what is no frame, or of an unknown kind, is told and harms nobody', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.socket().say('no json', '[1]', '{"no":"t"}', { t: 'weather', of: 'tomorrow' });
  edge.socket().say({ t: 'err', code: 'bad_frame', msg: 'what?' });
  t.match(edge.told.slice(1), [
    { type: 'error', error: { code: 'bad_frame' } },
    { type: 'error' },
    { type: 'error' },
    { type: 'unknown', frame: { t: 'weather', of: 'tomorrow' } },
    { type: 'error', error: { message: 'what?' } },
  ]);
  t.equal(edge.client.state(), 'live');
});

t.test('a listener can be taken away', async (t) => {
  const edge = startFakeEdge();
  let heard = 0;
  const off = edge.client.on('unknown', () => {
    heard++;
  });
  await edge.connect();
  edge.socket().say({ t: 'weather' });
  off();
  edge.socket().say({ t: 'weather' });
  t.equal(heard, 1);
});
