import { connect as connectTcp } from 'node:net';
import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { startEdge, wait } from './start-edge.ts';
import { startSockets } from './start-sockets.ts';
import { handshake, http } from './test-client.ts';

t.test('handshakes are refused with a status and a body', async (t) => {
  const edge = await startEdge(t, { allowedOrigins: ['https://chat.example'], pendingPerAddress: 2 });
  t.match(await handshake(edge.port, { authorization: 'Bearer forged' }), {
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: { code: 'unauthenticated' },
  });
  t.match(await handshake(edge.port, { 'sec-websocket-protocol': 'gapless.v1, bearer.forged' }), { status: 401 });
  t.match(await handshake(edge.port, { origin: 'https://evil.example' }), { status: 403, body: { code: 'forbidden' } });
  const native = await edge.connect({ protocols: [] });
  t.equal(native.socket.protocol, '');
  await edge.connect({ headers: { origin: 'https://chat.example' } });
  t.match(await handshake(edge.port), { status: 429, headers: { 'retry-after': '2' }, body: { code: 'rate_limited' } });
  native.socket.terminate();
  await wait(50);
  await edge.connect();
});

t.test('a socket counts against its address until it has said hello', async (t) => {
  const edge = await startEdge(t, { pendingPerAddress: 1 });
  const user = newId<UserId>();
  await edge.allow(user);
  for (let n = 0; n < 3; n++) await edge.greeted(user);
});

t.test('before the log is vouched for no socket is taken', async (t) => {
  const bus = createMemoryBus();
  let gen: string | undefined;
  const edge = await startEdge(t, {}, { ...bus, generation: () => gen });
  t.match(edge.edge.obstacles(), [/vouched/]);
  t.match(await handshake(edge.port), { status: 503, body: { code: 'unavailable' } });
  gen = 'g';
  t.same(edge.edge.obstacles(), []);
  t.match(await handshake(edge.port), { status: 101 });
});

t.test('only the socket and its health are served', async (t) => {
  const { port } = await startEdge(t);
  t.match(await http(port, '/healthz'), { status: 200, body: { status: 'ok' } });
  t.match(await http(port, '/'), { status: 404 });
  t.match(await http(port, '/ws'), { status: 404 }, 'a request that is no handshake');
  t.match(await http(port, '/metrics', {}, 'POST'), { status: 404 });
});

t.test('a request line in two segments is refused by this build of uWebSockets.js (uWebSockets #1776)', async (t) => {
  const { port } = await startEdge(t);
  const socket = connectTcp(port, '127.0.0.1');
  socket.setNoDelay(true);
  let answer = '';
  socket.on('data', (data: Buffer) => {
    answer += data.toString();
  });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write('GET /healthz HT');
  await wait(100);
  socket.write('TP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await closed;
  t.match(answer, /505/, 'a proxy in front must send the head as one: docs/operations.md');
});

t.test('a taken port is one sentence that names it', async (t) => {
  const { port } = await startEdge(t);
  await t.rejects(startEdge(t, { edgePort: port }), { message: new RegExp(`port ${port} of 127.0.0.1 is taken`) });
});

t.test('a socket that goes from one topic to another within a turn gets everything once and in order', async (t) => {
  const { server, connect } = await startSockets(t);
  const { socket, got } = await connect();
  const publish = (topic: string, text: string) => server.publish(topic, Buffer.from(text));
  socket.subscribe('loud');
  for (let n = 10; n < 90; n += 2) {
    publish('loud', `${n}`);
    socket.subscribe('quiet');
    socket.unsubscribe('loud');
    // Too large to wait for the end of the turn.
    publish('quiet', n % 20 === 0 ? `${n + 1}`.padEnd(20_000) : `${n + 1}`);
    publish('loud', 'no');
    socket.subscribe('loud');
    socket.unsubscribe('quiet');
    publish('quiet', 'no');
  }
  publish('loud', '90');
  socket.unsubscribe('loud');
  await wait(100);
  t.same(
    got.map((text) => text.slice(0, 2)),
    Array.from({ length: 81 }, (_, n) => `${10 + n}`),
  );
});

t.test('whatever a client sends, it gets an error frame and lives on', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  const client = await edge.greeted(user);
  const deep = `{"t":"ping","x":${'['.repeat(50)}${']'.repeat(50)}}`;
  const bad: [data: string | Uint8Array, code: string][] = [
    ['', 'bad_frame'],
    ['{', 'bad_frame'],
    ['null', 'bad_frame'],
    ['[]', 'bad_frame'],
    ['{"i":1}', 'bad_frame'],
    ['{"t":7}', 'bad_frame'],
    ['{"t":"join","rs":"all"}', 'bad_frame'],
    ['{"t":"__proto__"}', 'unknown_op'],
    ['{"t":"vanish"}', 'unknown_op'],
    [deep, 'bad_frame'],
    [JSON.stringify({ t: 'ping', x: 'a'.repeat(17_000) }), 'too_large'],
    [JSON.stringify({ t: 'ping', x: 'a'.repeat(60_000) }), 'too_large'],
    [Buffer.from('{"t":"ping"}'), 'bad_frame'],
  ];
  for (const [data, code] of bad) {
    client.sendRaw(data);
    t.match(await client.next({ t: 'err' }), { code }, data.toString().slice(0, 40));
  }
  client.send({ t: 'ping', i: 1, unknown: { key: 'ignored' } });
  t.match(await client.next({ i: 1 }), { t: 'pong' });
});

t.test('too many frames that are none end the socket', async (t) => {
  const edge = await startEdge(t, { badFramesPerMinute: 5 });
  const client = await edge.connect();
  for (let n = 0; n < 6; n++) client.sendRaw('{');
  t.equal(await client.closed, 4400);
  t.equal(client.frames.length, 6, 'each was answered');
});

t.test('who sends too fast is told to wait, and closed for going on', async (t) => {
  const edge = await startEdge(t, { frameBurst: 3, framesPerSecond: 1, refusedFramesPerMinute: 4 });
  const client = await edge.connect();
  for (let i = 1; i <= 4; i++) client.send({ t: 'ping', i });
  t.match(await client.next({ i: 4 }), { t: 'err', code: 'rate_limited', retry: Number }, 'its request is answered');
  t.equal(client.frames.filter((frame) => frame.t === 'pong').length, 3);
  client.send({ t: 'vanish', i: 5 });
  t.match(await client.next({ i: 5 }), { t: 'err', code: 'rate_limited' }, 'whatever else is wrong with it');
  client.sendRaw('{');
  client.sendRaw(Buffer.from('{"t":"ping","i":7}'));
  for (let n = 0; n < 2; n++) {
    const { i } = await client.next({ t: 'err', code: 'rate_limited' });
    t.equal(i, undefined, 'what is no frame names no request');
  }
  client.send({ t: 'ping', i: 8 });
  t.equal(await client.closed, 4429);
});
