import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const fixture = fileURLToPath(new URL('./fixture-service.js', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  /** All that it has printed. */
  output(): string;
  printed(word: string | RegExp): Promise<string>;
  readonly exit: Promise<number | null>;
}

function run(t: { teardown(work: () => void): void }, mode: string, env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [fixture, mode], {
    env: { PATH: process.env['PATH'], GAPLESS_JWKS_FILE: '/dev/null', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => void child.kill('SIGKILL'));
  let output = '';
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const printed = (word: string | RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (typeof word === 'string' ? !output.includes(word) : !word.test(output)) return;
        waiting.delete(look);
        resolve(output);
      };
      waiting.add(look);
      look();
    });
  return { child, output: () => output, printed, exit };
}

const adminUrl = (output: string): string => `http://127.0.0.1:${/"adminPort":(\d+)/.exec(output)?.[1]}`;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} stops it in order`, async (t) => {
    const service = run(t, 'well');
    await service.printed('"ready"');
    service.child.kill(signal);
    t.equal(await service.exit, 0);
    t.match(service.output(), /start\n[\s\S]*ready[\s\S]*stopping[\s\S]*closing\nclosed\n/);
  });
}

t.test('a second signal ends it at once', async (t) => {
  const service = run(t, 'stuck');
  await service.printed('"ready"');
  service.child.kill('SIGTERM');
  await service.printed('closing');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 1);
});

t.test('a signal joins a stop that the service itself asked for', async (t) => {
  const service = run(t, 'told');
  await service.printed('closing');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.match(service.output(), /stopping already[\s\S]*closed\n/);
});

t.test('and the second signal ends that stop too', async (t) => {
  const service = run(t, 'told-and-stuck');
  await service.printed('closing');
  service.child.kill('SIGTERM');
  await service.printed('stopping already');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 1);
});

t.test('a stop that takes too long is cut off', async (t) => {
  const service = run(t, 'stuck', { GAPLESS_CLOSE_DEADLINE_MS: '50' });
  await service.printed('"ready"');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 1);
  t.match(service.output(), /did not stop in order/);
});

t.test('a stop that fails is told', async (t) => {
  const service = run(t, 'fails-to-close');
  await service.printed('"ready"');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 1);
  t.match(service.output(), /did not stop in order/);
});

t.test('a signal during the start stops it in order too', async (t) => {
  const service = run(t, 'slow-start');
  await service.printed('start');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.match(service.output(), /closing\nclosed/);
});

for (const mode of ['bug', 'rejection']) {
  t.test(`a ${mode} ends it after one line`, async (t) => {
    const service = run(t, mode);
    t.equal(await service.exit, 70);
    const fatal = service
      .output()
      .split('\n')
      .filter((line) => line.includes('a bug: stopping'));
    t.equal(fatal.length, 1);
    t.match(fatal[0], /"stack":/);
  });
}

t.test('a setting at fault is one sentence that names it', async (t) => {
  const service = run(t, 'well', { GAPLESS_EDGE_PORT: 'many' });
  t.equal(await service.exit, 78);
  t.match(service.output(), /^gapless edge cannot start: GAPLESS_EDGE_PORT must be integer \(is "many"\)[^\n]*\n$/);
});

t.test('a file of the settings at fault is one sentence', async (t) => {
  const service = run(t, 'bad-file');
  t.equal(await service.exit, 78);
  t.match(service.output(), /^start\ngapless edge cannot start: cannot read \/nowhere: no such file\n$/);
});

t.test('a taken port is one sentence', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as { port: number };
  const service = run(t, 'well', { GAPLESS_ADMIN_PORT: String(port) });
  t.equal(await service.exit, 1);
  t.match(service.output(), new RegExp(`^gapless edge cannot start: .*EADDRINUSE.*:${port}\n$`));
});

t.test('a bug in the start says where', async (t) => {
  const service = run(t, 'bug-at-start');
  t.equal(await service.exit, 1);
  t.match(service.output(), /cannot start: TypeError: undefined is not a function\n {4}at /);
});

t.test('health, readiness and metrics are there from the start', async (t) => {
  const service = run(t, 'well');
  const url = adminUrl(await service.printed('"ready"'));
  const [healthy, ready, metrics, other] = await Promise.all(
    ['healthz', 'readyz', 'metrics', 'secrets'].map((path) => fetch(`${url}/${path}`)),
  );
  t.same(await healthy?.json(), { status: 'ok' });
  t.same([ready?.status, await ready?.json()], [200, { ready: true, obstacles: [] }]);
  t.match(await metrics?.text(), /process_cpu_seconds_total\{service="edge"\}/);
  t.equal(other?.status, 404);
});

t.test('readiness says what is in the way', async (t) => {
  const service = run(t, 'obstacle');
  const ready = await fetch(`${adminUrl(await service.printed('"ready"'))}/readyz`);
  t.same([ready.status, await ready.json()], [503, { ready: false, obstacles: ['MongoDB is away'] }]);
});
