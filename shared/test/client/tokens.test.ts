import t from 'tap';
import { settled } from './fake-clock.ts';
import { codeOf, err, hi, startFakeEdge, tokenUntil, user } from './fake-edge.ts';

t.test('a refused token is replaced once, a second refusal is final', async (t) => {
  let asked = 0;
  const edge = startFakeEdge({ token: () => tokenUntil(1_800_000_000_000, `${++asked}`) });
  let good = '2';
  edge.script['hello'] = (frame) => (String(frame['tok']).startsWith(good) ? hi(frame) : err(frame, 'unauthenticated'));
  const session = edge.client.connect();
  await edge.clock.pass(1_000);
  t.match(await session, { user });
  t.equal(asked, 2);

  good = '9';
  edge.socket().end(4401);
  await edge.clock.pass(1_000);
  t.equal(edge.client.state(), 'idle');
  t.equal(asked, 3, 'the one at hand was refused, and so was a fresh one');
  t.match(edge.toldOf('disconnected').at(-1), { retryInMs: undefined });
  const refused = codeOf(edge.client.connect());
  await edge.clock.pass(1_000);
  t.equal(await refused, 'unauthenticated');
});

t.test('a token that ended is renewed before it comes back', async (t) => {
  let asked = 0;
  const edge = startFakeEdge({ token: () => tokenUntil(1_800_000_000_000, `${++asked}`) });
  for (let n = 0; n < 5; n++) {
    await edge.connect();
    edge.socket().end(4011);
  }
  await edge.clock.pass(1_000);
  t.equal(edge.client.state(), 'live', 'however often');
  t.same(
    edge.sentOf('hello').map(({ tok }) => String(tok)[0]),
    ['1', '2', '3', '4', '5', '6'],
  );
});

t.test('reconnecting needs no token while the one at hand lives', async (t) => {
  let asked = 0;
  const edge = startFakeEdge({ token: () => tokenUntil(edge.clock.now() + 900_000, `${++asked}`) });
  await edge.connect();
  edge.socket().end(1006);
  await edge.clock.pass(500_000);
  t.equal(edge.toldOf('connected').length, 2);
  t.equal(asked, 1);
});

t.test('a token function that fails is told, with its own error, and asked again', async (t) => {
  let fails = 2;
  const edge = startFakeEdge({
    random: 1,
    token: () => {
      if (fails-- > 0) throw new RangeError('logged out');
      return 'a-token';
    },
  });
  const session = edge.client.connect();
  await edge.clock.pass(1_499);
  t.equal(edge.client.state(), 'waiting');
  await edge.clock.pass(1);
  t.match(await session, { user });
  t.match(edge.toldOf('error'), [{ error: { cause: RangeError } }, { error: { cause: RangeError } }]);
});

t.test('a token is renewed on the standing connection when two thirds of its life are over', async (t) => {
  let asked = 0;
  // The server's clock is an hour ahead: tokens end by that one.
  const ahead = 3_600_000;
  const edge = startFakeEdge({ token: () => tokenUntil(edge.clock.now() + ahead + 900_000, `${++asked}`) });
  edge.script['hello'] = (frame) => hi(frame, 'first', edge.clock.now() + ahead);
  edge.script['auth'] = ({ i }) => ({ t: 'ok', i });
  await edge.connect();
  await edge.clock.pass(599_000);
  t.equal(edge.sentOf('auth').length, 0);
  await edge.clock.pass(1_100);
  t.match(edge.sentOf('auth'), [{ tok: /^2/ }]);
  await edge.clock.pass(600_100);
  t.match(edge.sentOf('auth'), [{}, { tok: /^3/ }]);
});

t.test('a renewal that fails is told and tried again', async (t) => {
  let asked = 0;
  const edge = startFakeEdge({
    random: 1,
    token: () => {
      if (++asked === 2) throw new Error('down');
      return tokenUntil(edge.clock.now() + 900_000, `${asked}`);
    },
  });
  edge.script['auth'] = ({ i }) => ({ t: 'ok', i });
  await edge.connect();
  await edge.clock.pass(601_000);
  t.match(edge.toldOf('error'), [{ error: { code: 'unavailable', cause: { message: 'down' } } }]);
  await edge.clock.pass(2_000);
  t.match(edge.sentOf('auth'), [{ tok: /^3/ }]);
  t.equal(edge.sockets.length, 1);
});

t.test('while no fresh token is to be had, the one at hand serves as long as it lives', async (t) => {
  let asked = 0;
  const edge = startFakeEdge({
    token: () => {
      if (++asked > 1) throw new Error('down');
      return tokenUntil(edge.clock.now() + 900_000, `${asked}`);
    },
  });
  await edge.connect();
  await edge.clock.pass(700_000);
  t.ok(asked > 1);
  edge.socket().end(1006);
  await edge.clock.pass(10);
  t.match(edge.sentOf('hello')[1], { tok: /^1/ });
  t.equal(edge.client.state(), 'live');
});

t.test('the application is never asked for two tokens at once', async (t) => {
  const asked: ((token: string) => void)[] = [];
  const edge = startFakeEdge({
    deadlineMs: 500_000,
    token: () => new Promise<string>((resolve) => asked.push(resolve)),
  });
  const connecting = edge.client.connect();
  await settled();
  asked[0]?.(tokenUntil(edge.clock.now() + 900_000, '1'));
  await connecting;
  await edge.clock.pass(600_000);
  t.equal(asked.length, 2, 'a renewal is under way');
  edge.socket().end(4011);
  await edge.clock.pass(1_000);
  t.equal(asked.length, 2);
  asked[1]?.(tokenUntil(edge.clock.now() + 900_000, '2'));
  await edge.clock.pass(10);
  t.match(edge.sentOf('hello')[1], { tok: /^2/ });
});

t.test('not even one that is late: it serves when it comes', async (t) => {
  const asked: ((token: string) => void)[] = [];
  const edge = startFakeEdge({ token: () => new Promise<string>((resolve) => asked.push(resolve)) });
  const connecting = edge.client.connect();
  await edge.clock.pass(15_000);
  t.match(edge.toldOf('error'), [{ error: { code: 'unavailable' } }]);
  t.equal(asked.length, 1);
  asked[0]?.(tokenUntil(edge.clock.now() + 900_000, '1'));
  await edge.clock.pass(1_000);
  t.match(await connecting, { user });
  t.equal(asked.length, 1);
  t.match(edge.sentOf('hello'), [{ tok: /^1/ }]);
});
