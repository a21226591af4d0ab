import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { freePort } from '@gapless/shared/local';
import { newId, type RoomId } from '@gapless/shared/schema';
import { connectTestBus } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { roomOf, signUp } from '../actors/person.ts';
import { expectKeptIn } from '../actors/record.ts';
import { sendAll } from '../actors/sender.ts';
import { textsOf } from '../actors/system.ts';
import { must } from './program.ts';
import { theStack } from './stack.ts';

const stack = theStack();
const badConfig = 78;

/** A folder for faulty files, readable by whoever a container runs as. */
function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'gapless-faults-'));
  chmodSync(dir, 0o755);
  t.teardown(() => rmSync(dir, { recursive: true }));
  return dir;
}

type Files = Readonly<Record<string, string>>;

/** Starts one container of a service beside the stack, with these files, and waits for its end. */
async function outcomeOf(service: 'edge' | 'api' | 'log-worker', files: Files) {
  const variables = {
    NATS_USER: service,
    NATS_URLS: 'nats://nats-1:4222',
    NATS_PASSWORD_FILE: '/run/secrets/nats-password',
    ...(service === 'edge' ? { JWKS_FILE: '/run/secrets/jwks.json' } : { MONGO_URL_FILE: '/run/secrets/mongo-url' }),
    ...(service === 'api' ? { SIGNING_KEY_FILE: '/run/secrets/signing-key.pem' } : {}),
  };
  return stack.tryDocker(
    ...['run', '--rm', '--network', 'none', '--read-only'],
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `GAPLESS_${name}=${value}`]),
    ...Object.entries(files).flatMap(([name, path]) => ['--volume', `${path}:/run/secrets/${name}:ro`]),
    ...[stack.serviceImage, `services/${service}/dist/src/main.js`],
  );
}

const good: Record<'edge' | 'api' | 'log-worker', Files> = {
  edge: { 'nats-password': `${stack.secrets}/nats-edge-password`, 'jwks.json': `${stack.secrets}/jwks.json` },
  api: {
    'nats-password': `${stack.secrets}/nats-api-password`,
    'mongo-url': `${stack.secrets}/mongo-api-url`,
    'signing-key.pem': `${stack.secrets}/signing-key.pem`,
  },
  'log-worker': {
    'nats-password': `${stack.secrets}/nats-log-worker-password`,
    'mongo-url': `${stack.secrets}/mongo-log-worker-url`,
  },
};

const without = (files: Files, name: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([one]) => one !== name));

t.test('a secret that is missing is named in one sentence by the service that needs it', async (t) => {
  for (const service of ['edge', 'api', 'log-worker'] as const) {
    for (const name of Object.keys(good[service])) {
      const { code, output } = await outcomeOf(service, without(good[service], name));
      t.equal(code, badConfig, `${service} without ${name} ends as misconfigured`);
      t.match(output, new RegExp(`gapless ${service} cannot (start|go on): .*(/run/secrets/${name}|JWKS_FILE)`));
      t.notMatch(output, /\n\s+at /, 'without a stack');
    }
  }
});

t.test('a weak secret is refused, and so is a key of another kind', async (t) => {
  const dir = folder(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const weak = write('weak', 'letmein\n');
  const weakUrl = write('weak-url', 'mongodb://api:letmein@mongo-1:27017/?replicaSet=rs0\n');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const cases = [
    ['edge', 'nats-password', weak, /too weak/],
    ['api', 'nats-password', weak, /too weak/],
    ['api', 'mongo-url', weakUrl, /too weak/],
    ['api', 'signing-key.pem', write('rsa.pem', String(rsa)), /must be Ed25519/],
    ['log-worker', 'nats-password', weak, /too weak/],
    ['log-worker', 'mongo-url', weakUrl, /too weak/],
  ] as const;
  for (const [service, name, path, reason] of cases) {
    const { code, output } = await outcomeOf(service, { ...good[service], [name]: path });
    t.equal(code, badConfig, `${service} with a bad ${name}`);
    t.match(output, reason);
    t.notMatch(output, /letmein|PRIVATE KEY/, 'and does not print it');
  }
  const member = await stack.tryDocker(
    ...[
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'bash',
      '--volume',
      `${weak}:/run/secrets/mongo-keyfile:ro`,
    ],
    ...['--volume', `${stack.root}/deploy/mongo/start-member.sh:/start.sh:ro`, stack.images['MONGO_IMAGE'] ?? ''],
    '/start.sh',
  );
  t.equal(member.code, badConfig, 'a member of MongoDB with a short key');
  t.match(member.output, /mongo-keyfile is too short/);
});

/** A load balancer of its own, with that certificate and key. */
const proxyArgs = (dir: string, port: number, pair: string): string[] => [
  ...['--read-only', '--tmpfs', '/tmp', '--user', '1000:1000', '--entrypoint', 'caddy'],
  ...['--env', 'PROXY_HOST=localhost', '--env', `PROXY_PORT=${port}`, '--env', `PROXY_TLS=${pair}`],
  ...['--env', 'XDG_DATA_HOME=/tmp', '--env', 'XDG_CONFIG_HOME=/tmp', '--env', 'HOME=/tmp'],
  ...['--volume', `${stack.root}/deploy/proxy/Caddyfile:/etc/caddy/Caddyfile:ro`, '--volume', `${dir}:/certs:ro`],
  ...['--publish', `127.0.0.1:${port}:${port}/tcp`, stack.images['PROXY_IMAGE'] ?? ''],
  ...['run', '--config', '/etc/caddy/Caddyfile', '--adapter', 'caddyfile'],
];

const commonNameAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });

t.test('a given certificate is served; one that does not fit its key, or is not there, is named', async (t) => {
  const dir = folder(t);
  for (const name of ['one', 'two']) {
    const files = ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)];
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    await must('openssl', [...kind, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', ...files]);
    chmodSync(join(dir, `${name}.key`), 0o644);
  }
  const port = await freePort();
  const wrong = await stack.tryDocker('run', '--rm', ...proxyArgs(dir, port, '/certs/one.crt /certs/two.key'));
  t.not(wrong.code, 0);
  t.match(wrong.output, /private key does not match public key/);
  const missing = await stack.tryDocker('run', '--rm', ...proxyArgs(dir, port, '/certs/none.crt /certs/one.key'));
  t.not(missing.code, 0);
  t.match(missing.output, /\/certs\/none\.crt: no such file/);

  const id = (await stack.docker('run', '--detach', ...proxyArgs(dir, port, '/certs/one.crt /certs/one.key'))).trim();
  t.teardown(() => stack.docker('rm', '--force', id));
  let name = '';
  for (let tries = 0; tries < 50 && name === ''; tries++) {
    await pause(100);
    name = await commonNameAt(port).catch(() => '');
  }
  t.equal(name, 'one', 'the right pair is served');
});

t.test('an edge that is cut off from NATS says so; the others go on; it comes back by itself', async (t) => {
  const [edge] = await stack.containers('edge');
  const id = edge?.id ?? '';
  const readiness = async () => (await stack.tryDocker('exec', id, 'node', 'deploy/ready.mjs')).output.trim();
  const network = `${stack.project}_bus`;
  await stack.docker('network', 'disconnect', network, id);
  let said = '';
  for (let tries = 0; tries < 60 && !said.includes('NATS is away'); tries++) {
    said = await readiness();
    await pause(500);
  }
  t.match(said, /NATS is away/, 'readiness names it');
  t.match((await stack.tryDocker('logs', '--tail', '20', id)).output, /NATS is away/, 'and so does the log');
  t.equal((await stack.inspect(id)).state, 'running', 'it does not die of it');
  const others = (await stack.containers('edge')).filter((one) => one.id !== id);
  for (const other of others) {
    const { output } = await stack.tryDocker('exec', other.id, 'node', 'deploy/ready.mjs');
    t.equal(output.trim(), 'ready', 'the others are ready');
  }
  await stack.docker('network', 'connect', network, id);
  for (let tries = 0; tries < 120 && said !== 'ready'; tries++) {
    said = await readiness();
    await pause(500);
  }
  t.equal(said, 'ready');
});

t.test('with a NATS node and a member of MongoDB away at start, all the rest starts and works', async (t) => {
  const rest = ['nats-1', 'nats-2', 'mongo-1', 'mongo-3', 'api', 'log-worker', 'edge', 'proxy'];
  await stack.composeUp('stop', '--timeout', '5', ...rest, 'nats-3', 'mongo-2');
  const ids = (await Promise.all(rest.map((service) => stack.containers(service)))).flat().map(({ id }) => id);
  await stack.docker('start', ...ids);
  await stack.untilHealthy(rest, 120_000);
  const person = await signUp(stack.https);
  const room = await roomOf(person);
  const texts = textsOf(person.nickname, 100);
  const acknowledged = await sendAll({ person, urls: [stack.wss], room: room.id, texts });
  t.equal(acknowledged.length, 100);
  await expectKeptIn(t, stack.rows, person, room.id, acknowledged);
  await stack.composeUp('start', 'nats-3', 'mongo-2');
  await stack.untilHealthy(['nats-3', 'mongo-2'], 60_000);
});

t.test(
  'a NATS server whose volume is full says so, acknowledges nothing more, and still gives what it holds',
  async (t) => {
    const port = await freePort();
    const config = join(folder(t), 'nats.conf');
    writeFileSync(config, 'listen: "0.0.0.0:4222"\njetstream { store_dir: "/data", max_file_store: 64GB }\n');
    const id = (
      await stack.docker(
        ...['run', '--detach', '--read-only', '--tmpfs', '/data:size=16m,uid=1000', '--user', '1000:1000'],
        ...[
          '--publish',
          `127.0.0.1:${port}:4222`,
          '--volume',
          `${config}:/nats.conf:ro`,
          '--entrypoint',
          'nats-server',
        ],
        ...[stack.images['NATS_IMAGE'] ?? '', '--config', '/nats.conf'],
      )
    ).trim();
    t.teardown(() => stack.docker('rm', '--force', id));
    const settings = { ackTimeoutMs: 500, appendDeadlineMs: 2_000 };
    const bus = await connectTestBus(t, `nats://127.0.0.1:${port}`, { settings });
    const room = newId<RoomId>();
    const acknowledged: number[] = [];
    const body = Buffer.from(JSON.stringify({ v: 1, text: 'x'.repeat(16_000) }));
    const append = async (n: number): Promise<string> => {
      try {
        acknowledged.push((await bus.log.append({ room, id: `${room}-${n}`, lane: room, bytes: body })).seq);
        return 'stored';
      } catch (error) {
        return (error as { kind: string }).kind;
      }
    };
    let said = 'stored';
    for (let n = 0; said === 'stored' && n < 5_000; n++) said = await append(n);
    t.match(said, /fate_unknown|log_unavailable|log_full/, 'the sender is told');
    t.match((await stack.tryDocker('logs', id)).output, /no space left on device/, 'the server names it');
    const stored = new Set<number>();
    for (let from = 1; ; from = Math.max(...stored) + 1) {
      const page = await bus.log.readRoom(room, from, 200);
      for (const { seq } of page) stored.add(seq);
      if (page.length === 0) break;
    }
    t.strictSame(
      acknowledged.filter((seq) => !stored.has(seq)),
      [],
      `all ${acknowledged.length} acknowledged events are there`,
    );
  },
);
