import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@gapless/shared/local';
import t from 'tap';
import { checkDataDir, checkNode, checkPlatform, checkPorts, checkPurpose } from '../src/checks.ts';
import { Refusal } from '../src/refusal.ts';
import { readRunFile, removeRunFile, runFilePath, writeRunFile } from '../src/run-file.ts';

const wanted = (port: number) => [{ port, purpose: 'REST API', variable: 'GAPLESS_API_PORT' }];

t.test('in production there are no demo accounts', async (t) => {
  t.throws(() => checkPurpose('production'), Refusal);
  for (const purpose of ['', 'development', 'test']) t.doesNotThrow(() => checkPurpose(purpose));
});

t.test('a taken port is named, with what to do', async (t) => {
  const port = await freePort();
  await checkPorts(wanted(port));
  const server = createServer().listen(port, '127.0.0.1');
  t.teardown(() => server.close());
  await t.rejects(checkPorts(wanted(port)), {
    name: 'Refusal',
    message: `Port ${port} (REST API) is taken by another program: stop that program, or choose another port, for example \`make run GAPLESS_API_PORT=${port + 1000}\`.`,
  });
});

t.test('a port that another program holds on every address is taken as well', async (t) => {
  const port = await freePort();
  const server = createServer().listen(port, '0.0.0.0');
  t.teardown(() => server.close());
  await t.rejects(checkPorts(wanted(port)), Refusal);
});

t.test('an old Node and an unknown platform are refused in one sentence', async (t) => {
  for (const version of ['18.20.0', '20.18.1']) {
    t.throws(() => checkNode(version), {
      message: `Gapless needs Node 20.19 or newer, and this is ${version}: install Node 22 from https://nodejs.org.`,
    });
  }
  for (const version of ['20.19.0', '22.1.0']) t.doesNotThrow(() => checkNode(version));
  t.throws(() => checkPlatform('win32'), /Linux and macOS/);
});

t.test('a data folder that cannot be made is named', async (t) => {
  const dir = t.testdir({ file: '' });
  t.throws(() => checkDataDir(join(dir, 'file', 'data')), /cannot be written \(ENOTDIR\): set GAPLESS_DATA_DIR/);
  checkDataDir(join(dir, 'data'));
  t.ok(statSync(join(dir, 'data')).isDirectory());
});

t.test('the run file is whole, for this user only, and gone after the stop', async (t) => {
  const dir = t.testdir();
  t.equal(readRunFile(dir), undefined);
  const run = {
    pid: 1,
    api: 'a',
    docs: 'd',
    admin: 'b',
    edges: ['e'],
    accounts: [],
    room: { id: 'r', number: 1, name: 'Lobby' },
  };
  writeRunFile(dir, run);
  t.same(readRunFile(dir), run);
  t.equal(statSync(runFilePath(dir)).mode & 0o777, 0o600);
  removeRunFile(dir);
  t.equal(readRunFile(dir), undefined);
  mkdirSync(join(dir, 'x'));
  writeFileSync(runFilePath(join(dir, 'x')), 'no json');
  t.throws(() => readRunFile(join(dir, 'x')), SyntaxError);
  t.equal(readFileSync(runFilePath(join(dir, 'x')), 'utf8'), 'no json');
});
