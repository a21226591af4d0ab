import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const program = fileURLToPath(new URL('../../src/chat.js', import.meta.url));

const chat = (dataDir: string, ...args: string[]) =>
  spawnSync(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], GAPLESS_DATA_DIR: dataDir },
    encoding: 'utf8',
    timeout: 20_000,
    input: '',
  });

/** Where nobody listens any more. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const runFile = JSON.stringify({
  api: `http://127.0.0.1:${await deadPort()}`,
  edges: ['ws://127.0.0.1:9/ws'],
  accounts: [{ name: 'alice', email: 'alice@x.y', password: 'p' }],
  room: { id: 'r', number: 1, name: 'Lobby' },
});

t.test('without a running system one sentence says how to start it', async (t) => {
  const { status, stderr } = chat(t.testdir(), 'alice');
  t.equal(status, 1);
  t.equal(stderr, 'Gapless is not running: start it with `make run` in another terminal.\n');
});

t.test('a system that was killed counts as not running', async (t) => {
  const { status, stderr } = chat(t.testdir({ 'run.json': runFile }), 'alice');
  t.equal(status, 1);
  t.equal(stderr, 'Gapless is not running: start it with `make run` in another terminal.\n');
});

t.test('an unknown user is told whom to take', async (t) => {
  const { status, stderr } = chat(t.testdir({ 'run.json': runFile }), 'mallory');
  t.equal(status, 1);
  t.equal(stderr, 'There is no demo user "mallory": take one of alice.\n');
});
