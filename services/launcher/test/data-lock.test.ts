import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockData } from '../src/data-lock.ts';

/** A process that counts as a launcher by its command line. */
function otherLauncher(t: { teardown(undo: () => void): void }): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'launcher'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  return child.pid as number;
}

t.test('a second launcher on the same folder is told who has it', async (t) => {
  const dir = t.testdir();
  const pid = otherLauncher(t);
  writeFileSync(join(dir, 'launcher.pid'), `${pid}\n`);
  await t.rejects(lockData(dir), {
    name: 'Refusal',
    message: `Gapless already runs on ${dir} (process ${pid}): use it, or stop it with Ctrl-C there.`,
  });
});

t.test('the lock is free again after its release', async (t) => {
  const dir = t.testdir();
  const lock = await lockData(dir);
  t.ok(existsSync(lock.path));
  lock.release();
  (await lockData(dir)).release();
  t.notOk(existsSync(lock.path));
});

t.test('after a kill the next launcher waits until the guardian has cleared the lock', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'launcher.pid');
  writeFileSync(path, '999999999\n');
  const started = Date.now();
  setTimeout(() => rmSync(path), 300);
  (await lockData(dir)).release();
  t.ok(Date.now() - started >= 250);
});

t.test(
  'a lock that nobody clears is taken over in the end, also when its number is another program’s now',
  async (t) => {
    const dir = t.testdir();
    writeFileSync(join(dir, 'launcher.pid'), process.platform === 'linux' ? '1\n' : '999999999\n');
    (await lockData(dir, 100)).release();
    t.notOk(existsSync(join(dir, 'launcher.pid')));
  },
);
