import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import t from 'tap';
import { roomOf, signUp } from '../actors/person.ts';
import { chainFaults, expectKeptIn } from '../actors/record.ts';
import { sendAll } from '../actors/sender.ts';
import { connect, openRaw } from '../actors/socket.ts';
import { textsOf } from '../actors/system.ts';
import { must } from './program.ts';
import { theStack } from './stack.ts';

const stack = theStack();
const keys = '/.well-known/jwks.json';

t.test('REST over HTTP/2, by the certificate of the load balancer', async (t) => {
  const session = connectHttp2(stack.https);
  t.teardown(() => session.close());
  const { status, body } = await new Promise<{ status: unknown; body: string }>((resolve, reject) => {
    const request = session.request({ ':path': keys });
    let [status, body] = [undefined as unknown, ''];
    request.on('response', (headers) => {
      status = headers[':status'];
    });
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => resolve({ status, body }));
    request.on('error', reject);
    session.on('error', reject);
  });
  t.equal(session.alpnProtocol, 'h2');
  t.equal(status, 200);
  t.strictSame(JSON.parse(body), JSON.parse(readFileSync(`${stack.secrets}/jwks.json`, 'utf8')));
});

t.test('REST over HTTP/3', async (t) => {
  const args = ['test/compose/http3.py', `${stack.https}${keys}`, stack.authorityFile];
  const [status, body] = (await must(stack.python, args, { cwd: stack.root })).trim().split('\n');
  t.equal(status, '200');
  t.strictSame(JSON.parse(body ?? ''), JSON.parse(readFileSync(`${stack.secrets}/jwks.json`, 'utf8')));
});

t.test('REST over HTTP/1.1 says that HTTP/3 is there', async (t) => {
  const response = await fetch(`${stack.https}${keys}`);
  t.match(response.headers.get('alt-svc'), `h3=":${stack.port}"`);
  t.equal((await fetch(`${stack.https}/v1/me`)).status, 401, 'and refusals come through as they are');
});

t.test('a WebSocket over HTTP/1.1 on every edge, and no way in without a token', async (t) => {
  const socket = await openRaw(stack.wss);
  t.match(await socket.request({ t: 'hello', tok: 'nonsense' }), { t: 'err', code: 'unauthenticated' });
  socket.terminate();
  await t.rejects(openRaw(stack.wss, {}, ['another.protocol']), /400/);
});

t.test('clients on three edges see messages of four senders in one order, and so do history and MongoDB', async (t) => {
  const people = await Promise.all(Array.from({ length: 9 }, () => signUp(stack.https)));
  const [owner, ...others] = people as [(typeof people)[0], ...typeof people];
  const room = await roomOf(owner, ...others);
  const readers = await Promise.all(people.map((person) => connect(stack.wss, person)));
  const senders = people.slice(0, 4);
  const sent = await Promise.all(
    senders.map((person) =>
      sendAll({ person, urls: [stack.wss], room: room.id, texts: textsOf(person.nickname, 250), width: 10 }),
    ),
  );
  const acknowledged = sent.flat().sort((a, b) => a.seq - b.seq);
  t.equal(acknowledged.length, 1_000);
  const order = acknowledged.map(({ seq, clientId }) => [seq, clientId]);
  for (const reader of readers) {
    const messages = () => reader.events(room.id).filter(({ t }) => t === 'msg');
    await reader.until('1,000 messages', () => messages().length >= 1_000);
    t.strictSame(
      messages().map(({ s, c }) => [s, c]),
      order,
      'every client sees the order of the log',
    );
    t.strictSame(chainFaults(reader.events(room.id)), [], 'in an unbroken chain');
  }
  await expectKeptIn(t, stack.rows, owner, room.id, acknowledged);
  for (const edge of await stack.containers('edge')) {
    const metrics = await stack.docker('exec', edge.id, 'node', '-e', readMetrics);
    t.match(metrics, /^[1-9]/, 'the load balancer spreads sockets over all edges');
  }
  await Promise.all(readers.map((reader) => reader.close()));
});

/** Open sockets of the edge in whose container it runs. */
const readMetrics = `fetch('http://127.0.0.1:9080/metrics').then((answer) => answer.text()).then((text) => {
  process.stdout.write(/^gapless_edge_sockets(?:\\{[^}]*\\})? (\\d+)/m.exec(text)?.[1] ?? text);
})`;

t.test('every stream and the access bucket have three copies', async (t) => {
  const streams = await stack.streams();
  // The first room that anybody freezes makes a bucket for flags.
  const names = [...streams.keys()].filter((name) => name !== 'KV_ROOMS').sort();
  t.strictSame(names, ['KV_ACL', 'RCPT', 'REVOKE', ...Array.from({ length: 8 }, (_, n) => `ROOM_${n}`)]);
  for (const [name, { replicas }] of streams) t.equal(replicas, 3, name);
});

t.test('only the load balancer is reachable, nobody is root, and nobody writes to its own image', async (t) => {
  const ids = (await stack.composeUp('ps', '--quiet')).trim().split('\n');
  for (const id of ids) {
    const [found] = JSON.parse(await stack.docker('inspect', id)) as [Inspected];
    const name = found.Name;
    const published = Object.values(found.NetworkSettings.Ports).flatMap((bindings) => bindings ?? []);
    t.equal(published.length > 0, name.includes('proxy'), `${name} publishes ${published.length} ports`);
    for (const { HostIp } of published) t.equal(HostIp, '127.0.0.1');
    t.ok(found.HostConfig.ReadonlyRootfs, `${name} is read-only`);
    t.strictSame(found.HostConfig.CapDrop, ['ALL'], `${name} has no capabilities`);
    const user = (await stack.docker('exec', id, 'id', '-u')).trim();
    t.not(user, '0', `${name} runs as ${user}`);
  }
});

interface Inspected {
  readonly Name: string;
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, { readonly HostIp: string }[] | null>> };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean; readonly CapDrop: readonly string[] };
}
