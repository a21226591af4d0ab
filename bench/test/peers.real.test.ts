import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startGenerator } from '../src/load/generator.ts';
import { installedProgram, NotInstalled } from '../src/peers/installed-program.ts';
import { isMissing, type PeerName, peerNames, startPeer } from '../src/peers/start-peer.ts';
import { seatsOn } from '../src/scenarios/seats.ts';

const shape = { accounts: 2, rooms: 2 };
const clients = 20;
const times = { warmUpMs: 100, measureMs: 500, drainMs: 10_000 };
const window = { begun: () => undefined, ended: () => undefined };
/** Each room is of another process, and so are half of those who only send. */
const generator = startGenerator(2);
t.teardown(generator.close);

/** Two rooms of ten, over all of its servers. */
async function loaded(t: Test, name: PeerName): Promise<void> {
  const peer = await startPeer(t, name, shape);
  if (isMissing(peer)) return void t.plan(0, peer.missing);
  await generator.connect(`${name} hearing`, seatsOn(peer, { clients, hearing: true }));
  const { acknowledges } = peer;
  const load = { kind: 'open', perSecond: 200, acknowledges, ...times } as const;
  const open = await generator.run(`${name} hearing`, load, window);
  t.strictSame(open.troubles, {});
  t.strictSame(open.faults, { lost: 0, doubled: 0, swapped: 0, broken: 0 });
  t.equal(open.delivered, (open.sent * clients) / shape.rooms, 'each is delivered once to everybody in the room');
  t.equal(open.acknowledged, acknowledges ? open.sent : 0);
  t.ok(open.sent > 100, `${open.sent} were sent`);
  t.ok(open.latency.count > 0);
  const { servers, brokers } = peer.pids;
  t.equal(new Set([...servers, ...brokers]).size, servers.length + brokers.length);
  // Of Tinode only who hears a group may send into it.
  if (!acknowledges || name === 'tinode') return;
  await generator.connect(`${name} sending`, seatsOn(peer, { clients: 4, hearing: false }));
  const { rooms } = peer.population;
  const closed = await generator.run(`${name} sending`, { kind: 'closed', window: 2, rooms, ...times }, window);
  t.strictSame(closed.troubles, {});
  t.equal(closed.acknowledged, closed.sent);
  t.ok(closed.sent >= 8, `${closed.sent} were sent`);
}

t.test('a bare uWebSockets.js delivers each message once and in order', (t) => loaded(t, 'bare-uws'));
t.test('Socket.IO with Redis delivers each message once, across its processes', (t) => loaded(t, 'socketio-redis'));
t.test('with RabbitMQ and MongoDB it still does, and acknowledges each', (t) => loaded(t, 'socketio-durable'));
t.test('Centrifugo delivers each message once, where it is on PATH', (t) => loaded(t, 'centrifugo'));
t.test('with history it still does', (t) => loaded(t, 'centrifugo-history'));
t.test('Tinode stores each message and delivers it once, where it is on PATH', (t) => loaded(t, 'tinode'));

t.test('what is not installed is not installed unasked, and the message says what to do', async (t) => {
  const wanted = { program: 'gapless-no-such-server', package: 'no-such-package' };
  await t.rejects(
    installedProgram(wanted),
    new NotInstalled(`no ${wanted.program} on PATH (Debian: apt-get install ${wanted.package})`),
  );
  const { program } = wanted;
  await t.rejects(
    installedProgram({ program }),
    new NotInstalled(`no ${program} on PATH, and no package client brings it`),
  );
});

t.test('everybody who is measured has a README that says why', async (t) => {
  const peers = join(import.meta.dirname, '../../peers');
  for (const folder of peerNames) t.ok(existsSync(join(peers, folder, 'README.md')), folder);
});
