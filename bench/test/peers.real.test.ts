import t, { type Test } from 'tap';
import { startGenerator } from '../src/load/generator.ts';
import { isMissing, type PeerName, startPeer } from '../src/peers/start-peer.ts';
import { seatsOn } from '../src/scenarios/seats.ts';

const shape = { accounts: 2, rooms: 2, mayInstall: false };
const clients = 20;
const times = { warmUpMs: 100, measureMs: 500, drainMs: 10_000 };
const window = { begun: () => undefined, ended: () => undefined };

/** Two rooms of ten, over all of its servers. */
async function loaded(t: Test, name: PeerName): Promise<void> {
  const peer = await startPeer(t, name, shape);
  if (isMissing(peer)) return void t.plan(0, peer.missing);
  const generator = startGenerator();
  t.teardown(generator.close);
  await generator.connect('hearing', seatsOn(peer, { clients, hearing: true }));
  const { acknowledges } = peer;
  const open = await generator.run('hearing', { kind: 'open', perSecond: 200, acknowledges, ...times }, window);
  t.strictSame(open.troubles, {});
  t.strictSame(open.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.equal(open.delivered, (open.sent * clients) / shape.rooms, 'each is delivered once to everybody in the room');
  t.equal(open.acknowledged, acknowledges ? open.sent : 0);
  t.ok(open.sent > 100, `${open.sent} were sent`);
  t.ok(open.latency.count > 0);
  const { servers, brokers } = peer.pids;
  t.equal(new Set([...servers, ...brokers]).size, servers.length + brokers.length);
  if (!acknowledges) return;
  await generator.connect('sending', seatsOn(peer, { clients: 4, hearing: false }));
  const { rooms } = peer.population;
  const closed = await generator.run('sending', { kind: 'closed', window: 2, rooms, ...times }, window);
  t.strictSame(closed.troubles, {});
  t.equal(closed.acknowledged, closed.sent);
  t.ok(closed.sent > 8, `${closed.sent} were sent: what is acknowledged makes room for the next`);
}

t.test('a bare uWebSockets.js delivers each message once and in order', (t) => loaded(t, 'bare-uws'));
t.test('Socket.IO with Redis delivers each message once, across its processes', (t) => loaded(t, 'socketio-redis'));
