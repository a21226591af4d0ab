import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createLocalProgram, type Supervisor } from '../../src/local/local-program.ts';
import { type ProcessOptions, startProcess } from '../../src/local/managed-process.ts';
import { sleep } from '../../src/runtime/index.ts';

const shell = (dir: string, script: string): ProcessOptions => ({
  name: 'script',
  command: '/bin/sh',
  args: ['-c', script],
  env: { PATH: '/usr/bin:/bin' },
  logFile: join(dir, 'script.log'),
  manner: 'abruptly',
});

const forever = 'while :; do sleep 0.05; done';
const loggedTo = (dir: string): string => readFileSync(join(dir, 'script.log'), 'utf8');

t.test('a process that ignores the request to stop is killed past the deadline', async (t) => {
  const started = await startProcess(shell(t.testdir(), `trap "" TERM; ${forever}`));
  await sleep(100);
  t.same(await started.stop(200), { code: null, signal: 'SIGKILL' });
  t.equal(started.running, false);
});

t.test('a paused process does nothing until it is resumed, and can be stopped', async (t) => {
  const dir = t.testdir();
  const started = await startProcess(shell(dir, 'while :; do echo tick; sleep 0.02; done'));
  await sleep(200);
  started.pause();
  await sleep(50);
  const before = loggedTo(dir).length;
  await sleep(200);
  t.equal(loggedTo(dir).length, before, 'silent while paused');
  started.resume();
  await sleep(200);
  t.ok(loggedTo(dir).length > before, 'goes on');
  started.pause();
  t.match(await started.stop(2_000), { signal: 'SIGTERM' });
});

t.test(
  'a process that stands back does so with all of its threads, and before whole sessions are weighed',
  async (t) => {
    const nice = 'cut -d" " -f19 /proc/self/stat; cat /proc/self/autogroup 2>/dev/null';
    const niceOf = async (options: Partial<ProcessOptions>) => {
      const dir = t.testdir();
      await (await startProcess({ ...shell(dir, `sleep 0.2; ${nice}`), ...options })).exited;
      return loggedTo(dir)
        .replaceAll(/^\/autogroup-\d+ nice /gm, '')
        .trim()
        .split('\n');
    };
    t.ok((await niceOf({})).every((found) => found === '0'));
    t.ok((await niceOf({ niceness: 5 })).every((found) => found === '5'));
  },
);

t.test('nothing of the environment is inherited', async (t) => {
  const dir = t.testdir();
  await (await startProcess(shell(dir, 'echo "home=$HOME"'))).exited;
  t.equal(loggedTo(dir), 'home=\n');
});

t.test('a program that ends before it is ready fails the start with the last lines of its log', async (t) => {
  const dir = t.testdir();
  const program = createLocalProgram({
    process: shell(dir, 'echo "the disk is on fire"; exit 3'),
    readyDeadlineMs: 5_000,
    ready: () => new Promise(() => undefined),
  });
  await t.rejects(program.start(), { message: /ended before it was ready \(code 3\)[\s\S]*the disk is on fire/ });
});

t.test('a program that does not get ready is ended, and says what is in its way', async (t) => {
  const program = createLocalProgram({
    process: shell(t.testdir(), forever),
    readyDeadlineMs: 200,
    ready: () => new Promise(() => undefined),
    obstacles: async () => 'NATS is away',
  });
  await t.rejects(program.start(), { message: /took longer than 200 ms: NATS is away/ });
  t.equal(program.running(), false);
});

t.test('a supervised program comes back after a crash, and not after a stop', async (t) => {
  const told: string[] = [];
  const supervisor: Supervisor = {
    crashed: (name, { signal }) => told.push(`${name} ${signal}`),
    failed: () => told.push('failed'),
    healed: () => told.push('healed'),
  };
  const program = createLocalProgram({
    process: shell(t.testdir(), forever),
    readyDeadlineMs: 5_000,
    ready: async () => undefined,
    supervisor,
  });
  await program.start();
  const first = program.pid();
  process.kill(first, 'SIGKILL');
  while (told.length < 2) await sleep(20);
  t.same(told, ['script SIGKILL', 'healed']);
  t.not(program.pid(), first);
  await program.stop();
  await sleep(1_200);
  t.equal(program.running(), false);
  t.same(told.length, 2);
});
