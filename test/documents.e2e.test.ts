import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { scratchFor } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { cuttable } from './actors/cuttable.ts';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { pythonWith } from './actors/python.ts';
import { connect, type EventFrame } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';
import { must } from './compose/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fileOf = (path: string) => readFileSync(join(root, 'docs', path), 'utf8');
const system = await aSystem(t, { edges: 1 });
const api = system.api.url;
const edge = system.edges[0]?.url ?? '';

/** A program of the document at work: what it showed, and how to make it send. */
interface Running {
  readonly shown: string[];
  send(text: string): void;
}

type Start = (t: Test, url: string, person: Person, room: string) => Promise<Running>;

/** The client's connection is cut while others write and while it writes itself: all of it comes once, in order. */
async function survivesACut(t: Test, start: Start): Promise<void> {
  const [owner, person] = [await signUp(api), await signUp(api)];
  const room = await roomOf(owner, person);
  const way = await cuttable(t, edge);
  const { shown, send } = await start(t, way.url, person, room.id);
  const speaker = await connect(edge, owner, [room.id]);
  const say = (text: string) => speaker.send(room.id, text);
  const until = async (what: string, isSo: () => boolean) => {
    for (let tries = 0; !isSo(); tries++) {
      if (tries > 600) throw new Error(`never came: ${what}; shown: ${shown.join(', ')}`);
      await sleep(50);
    }
  };
  send('here I am');
  await until('its own message', () => shown.length === 1);
  await say('before the cut');
  await until('what is said', () => shown.length === 2);
  send('into the cut');
  way.cut();
  for (let n = 0; n < 20; n++) await say(`while it is away ${n}`);
  send('while cut off');
  way.mend();
  await until('all that was said meanwhile', () => shown.length >= 24);
  await say('the end');
  await until('the end', () => shown.at(-1) === 'the end');
  const stored = (speaker.events(room.id) as (EventFrame & { readonly b?: { readonly text: string } })[])
    .filter(({ t }) => t === 'msg')
    .map(({ b }) => b?.text);
  t.equal(stored.length, 25, 'each is stored once');
  t.same(shown, stored, 'and shown once, in the order of the room');
  await speaker.close();
}

t.test('the browser client of the document loses and doubles nothing over a cut', (t) =>
  survivesACut(t, async (t, url, person, room) => {
    const shown: string[] = [];
    const timers = new Set<NodeJS.Timeout>();
    const sockets: WebSocket[] = [];
    class Watched extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols);
        this.on('error', () => undefined);
        sockets.push(this);
      }
    }
    let isOver = false;
    const later = (work: () => void, ms: number) => isOver || timers.add(setTimeout(work, ms));
    const context = createContext({ WebSocket: Watched, crypto, setTimeout: later, setInterval: () => undefined });
    const chat = runInContext(`${fileOf('examples/client.js')}; chat`, context) as (options: object) => Running['send'];
    const send = chat({
      url,
      token: () => person.token,
      room,
      show: ({ b }: { b: { text: string } }) => shown.push(b.text),
      missed: (after: number, upTo: number) => shown.push(`missed ${after}-${upTo}`),
    });
    t.teardown(() => {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.terminate();
    });
    return { shown, send };
  }),
);

t.test('the Python client of the document loses and doubles nothing over a cut', (t) =>
  survivesACut(t, async (t, url, person, room) => {
    const env = { ...process.env, ...(await pythonWith('websockets', '15.0.1')) };
    const child = spawn('python3', [join(root, 'docs/examples/client.py'), url, person.token, room], { env });
    t.teardown(() => child.kill('SIGKILL'));
    const shown: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => shown.push(line));
    createInterface({ input: child.stderr }).on('line', (line) => t.comment(line));
    return { shown, send: (text) => child.stdin.write(`${text}\n`) };
  }),
);

t.test('the document shows the clients as they are', async (t) => {
  const document = fileOf('protocol.md');
  for (const [language, path] of [
    ['js', 'examples/client.js'],
    ['python', 'examples/client.py'],
  ] as const) {
    t.ok(document.includes(`\`\`\`${language}\n${fileOf(path)}\`\`\``), path);
  }
  t.ok(fileOf('examples/index.html').includes('<script src="client.js">'));
});

/** What needs a mail, an admin or somebody else's answer: refused as the document says. */
const refusedForAlice = [
  ...['auth.verifyEmail', 'auth.resetPassword', 'me.confirmEmail', 'invites.accept', 'invites.decline'],
  ...['messages.report', 'reports.resolve', 'rooms.joinByLink', 'rooms.handOver', 'rooms.leave', 'auth.logOut'],
  // Served by links and addresses that are signed or guessed by nobody: not made up here.
  ...['files.content', 'images.content'],
];

t.test('the Postman collection can be run from its first request to its last', async (t) => {
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map(demoAccount));
  t.ok(alice && bob && carol);
  const report = join(scratchFor(t), 'report.json');
  const newman = join(root, 'node_modules/newman/bin/newman.js');
  await must(
    process.execPath,
    [
      ...[newman, 'run', 'docs/gapless.postman_collection.json'],
      ...['--environment', 'docs/gapless.postman_environment.json', '--env-var', `baseUrl=${api}`],
      ...['--reporters', 'json', '--reporter-json-export', report],
    ],
    { cwd: root },
  );
  const { run } = JSON.parse(readFileSync(report, 'utf8')) as { run: { executions: Execution[] } };
  const collection = JSON.parse(fileOf('gapless.postman_collection.json')) as { item: { item: object[] }[] };
  t.equal(run.executions.length, collection.item.flatMap(({ item }) => item).length, 'every request was sent');
  const refused = run.executions
    .filter(({ response }) => (response?.code ?? 0) >= 300)
    .map(({ item }) => /\((.*)\)$/.exec(item.name)?.[1] ?? item.name);
  const unexpected = refused.filter((name) => !adminOnly.has(name) && !refusedForAlice.includes(name));
  t.same(unexpected, [], 'and done, but for what alice may not');
});

interface Execution {
  readonly item: { readonly name: string };
  readonly response?: { readonly code: number };
}

const openApi = (await (await fetch(`${api}/openapi.json`)).json()) as {
  paths: Record<string, Record<string, { operationId: string; tags: string[] }>>;
};
const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const adminOnly = new Set(
  operations.filter(({ tags }) => tags.includes('admin')).map(({ operationId }) => operationId),
);

/** As `make run` makes them. */
async function demoAccount(nickname: string): Promise<boolean> {
  const account = { nickname, email: `${nickname}@demo.gapless.chat`, password: 'gapless-demo' };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(account);
  return (await fetch(`${api}/v1/auth/signup`, { method: 'POST', headers, body })).ok;
}

t.test('the .http file has every operation, each a request that can be read', async (t) => {
  const requests = fileOf('gapless.http')
    .split(/^###.*$/m)
    .map((part) => /^(GET|POST|PUT|PATCH|DELETE) \{\{baseUrl\}\}(\S+)\n([\s\S]*)/m.exec(part))
    .filter((found) => found !== null);
  for (const { path, method, operationId } of operations) {
    if (!path.startsWith('/v1')) continue;
    const shape = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/?]+')}(\\?.*)?$`);
    t.ok(
      requests.some(([, verb, url = '']) => verb?.toLowerCase() === method && shape.test(url)),
      operationId,
    );
  }
  for (const [, , url, rest = ''] of requests) {
    const body = rest.split('\n\n')[1]?.trim() ?? '';
    const [, boundary] = /^Content-Type: multipart\/form-data; boundary=(\S+)$/m.exec(rest) ?? [];
    if (boundary !== undefined) {
      t.ok(body.startsWith(`--${boundary}\n`) && rest.trim().endsWith(`--${boundary}--`), `${url}`);
      continue;
    }
    t.doesNotThrow(() => body === '' || JSON.parse(body.replace(/(: )\{\{\w+\}\}/g, '$10')), `${url}`);
  }
});
