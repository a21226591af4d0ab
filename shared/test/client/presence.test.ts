import t from 'tap';
import { settled } from './fake-clock.ts';
import { err, type Frame, hi, ok, startFakeEdge, user } from './fake-edge.ts';

const other = '01j00000000000000000000003';

function watching() {
  const edge = startFakeEdge({ random: 1 });
  edge.script['watch'] = ok;
  edge.script['unwatch'] = ok;
  return edge;
}
const watched = (frames: readonly Frame[]) => frames.map(({ us }) => us);

t.test('who is watched is told of in the words of the SDK', async (t) => {
  const edge = watching();
  edge.script['watch'] = (frame, socket) => {
    socket.say({
      t: 'pres',
      w: [
        [user, 'away'],
        [other, 'offline', 5],
      ],
    });
    return ok(frame);
  };
  await edge.connect();
  await edge.client.watch([user, other]);
  t.same(edge.toldOf('presence'), [
    {
      type: 'presence',
      users: [
        { user, presence: 'away', lastSeen: undefined },
        { user: other, presence: 'offline', lastSeen: 5 },
      ],
    },
  ]);
});

t.test('it is watched again after each reconnect, also what was asked for in between', async (t) => {
  const edge = watching();
  await edge.client.watch([user]);
  await edge.connect();
  await settled();
  t.same(watched(edge.sentOf('watch')), [[user]]);
  edge.socket().end(1012);
  await edge.client.watch([other]);
  edge.clock.pass(60_000);
  await settled();
  t.same(watched(edge.sentOf('watch')).at(-1), [user, other]);
  await edge.client.unwatch([user]);
  t.same(watched(edge.sentOf('unwatch')), [[user]]);
  edge.socket().end(1012);
  edge.clock.pass(60_000);
  await settled();
  t.same(watched(edge.sentOf('watch')).at(-1), [other]);
});

t.test('a watch that the server cannot renew now is tried again; one that it refuses is none', async (t) => {
  const edge = watching();
  await edge.client.watch([user]);
  edge.script['watch'] = (frame) => err(frame, 'rate_limited', 3_000);
  await edge.connect();
  await settled();
  edge.script['watch'] = ok;
  edge.clock.pass(2_999);
  await settled();
  t.equal(edge.sentOf('watch').length, 1);
  edge.clock.pass(1);
  await settled();
  t.equal(edge.sentOf('watch').length, 2);
  edge.script['watch'] = (frame) => err(frame, 'bad_frame');
  await t.rejects(edge.client.watch([user, 'nobody']), { code: 'bad_frame' });
  edge.script['watch'] = ok;
  edge.socket().end(1012);
  edge.clock.pass(60_000);
  await settled();
  t.same(watched(edge.sentOf('watch')).at(-1), [user]);
});

t.test('what I say of myself is said in each greeting, and at once', async (t) => {
  const edge = watching();
  edge.client.here('hidden');
  await edge.connect();
  t.match(edge.sentOf('hello'), [{ here: 'hidden' }]);
  edge.client.here('away');
  t.match(edge.sentOf('here'), [{ as: 'away' }]);
  edge.socket().end(1012);
  edge.clock.pass(60_000);
  await settled();
  t.match(edge.sentOf('hello').at(-1), { here: 'away' });
  t.equal(edge.sentOf('here').length, 1);
});

t.test('what I say of myself while the greeting is on its way is said behind it', async (t) => {
  const edge = watching();
  edge.script['hello'] = (frame) => {
    edge.client.here('hidden');
    return hi(frame);
  };
  await edge.connect();
  t.notOk(edge.sentOf('hello')[0]?.['here']);
  t.match(edge.sentOf('here'), [{ as: 'hidden' }]);
  t.equal(edge.sentOf('here').length, 1);
});

t.test('devices that set up a call hear each other in the words of the SDK', async (t) => {
  const edge = watching();
  edge.script['sig'] = (frame) => ({ t: 'ok', i: frame['i'], on: 1 });
  await edge.connect();
  const [call, session] = ['0190aaaa-0000-7000-8000-000000000000', '01j00000000000000000000009'];
  t.same(await edge.client.signal(other, { k: 'offer' }, { call }), { online: true });
  await edge.client.signal(other, { k: 'candidate' }, { call, session });
  const [offer, candidate] = edge.sentOf('sig');
  t.match(offer, { to: other, c: call, d: { k: 'offer' } });
  t.notOk(offer && 'sid' in offer, 'to all of his devices');
  t.match(candidate, { sid: session });
  edge.socket().say({ t: 'sig', u: other, sid: session, c: call, d: { k: 'answer' } });
  t.same(edge.toldOf('signal'), [{ type: 'signal', user: other, session, call, data: { k: 'answer' } }]);
});
