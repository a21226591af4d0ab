import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { cuttable, scratchFor, until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
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
  /** What has to hold at the end, of that client alone. */
  readonly atTheEnd?: () => void;
}

type Start = (t: Test, url: string, person: Person, room: string) => Promise<Running>;

/** The client's connection is cut while others write and while it writes itself: all of it comes once, in order. */
async function survivesACut(t: Test, start: Start): Promise<void> {
  const [owner, person] = [await signUp(api), await signUp(api)];
  const room = await roomOf(owner, person);
  const way = await cuttable(t, edge);
  const { shown, send, atTheEnd } = await start(t, way.url, person, room.id);
  const speaker = await connect(edge, owner, [room.id]);
  const say = (text: string) => speaker.send(room.id, text);
  send('here I am');
  send('and this is more');
  await until('its own messages', () => shown.length === 2);
  await say('before the cut');
  await until('what is said', () => shown.length === 3);
  send('into the cut');
  way.cut();
  for (let n = 0; n < 20; n++) await say(`while it is away ${n}`);
  send('while cut off');
  way.mend();
  await until('all that was said meanwhile', () => shown.length >= 25);
  await say('the end');
  await until('the end', () => shown.at(-1) === 'the end');
  const stored = (speaker.events(room.id) as (EventFrame & { readonly b?: { readonly text: string } })[])
    .filter(({ t }) => t === 'msg')
    .map(({ b }) => b?.text);
  t.equal(stored.length, 26, 'each is stored once');
  t.same(shown, stored, 'and shown once, in the order of the room');
  const own = ['here I am', 'and this is more', 'into the cut', 'while cut off'];
  t.same(
    stored.filter((text) => text !== undefined && own.includes(text)),
    own,
    'its own in the order in which it sent them',
  );
  atTheEnd?.();
  await speaker.close();
}

/** As the edge would be at its worst: each of these is met once, in this order, before the edge itself answers. */
class Unlucky {
  readonly met: string[] = [];
  readonly #misfortunes = ['no token', 'silence', 'refused for now', 'a send refused for now'];

  /** Whether it is the turn of that one. */
  meets(misfortune: string): boolean {
    if (this.#misfortunes[0] !== misfortune) return false;
    this.met.push(this.#misfortunes.shift() as string);
    return true;
  }
}

/** A WebSocket of a browser; `luck` decides what becomes of what it sends. */
function unluckySockets(t: Test, luck: Unlucky): { readonly Socket: object; readonly closed: () => number } {
  const sockets: WebSocket[] = [];
  let closed = 0;
  class Socket extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols);
      this.on('error', () => undefined);
      sockets.push(this);
    }
    override send(text: string): void {
      const { t: kind, i } = JSON.parse(text) as { t: string; i?: number };
      const refuse = () =>
        this.emit('message', JSON.stringify({ t: 'err', i, code: 'busy', msg: 'Later', retry: 50 }), false);
      if (kind === 'hello' && luck.meets('silence')) return;
      if (kind === 'hello' && luck.meets('refused for now')) refuse();
      else if (kind === 'send' && luck.meets('a send refused for now')) refuse();
      else super.send(text);
    }
    override close(): void {
      closed++;
      super.close();
    }
  }
  t.teardown(() => {
    for (const socket of sockets) socket.terminate();
  });
  return { Socket, closed: () => closed };
}

interface BrowserClient extends Running {
  readonly ended: { readonly code: unknown }[];
}

async function startInBrowser(
  t: Test,
  { url, token, room }: { url: string; token: () => Promise<string>; room: string },
  luck: Unlucky,
): Promise<BrowserClient & { readonly closed: () => number }> {
  const { shown, ended }: { shown: string[]; ended: { code: unknown }[] } = { shown: [], ended: [] };
  const timers = new Set<NodeJS.Timeout>();
  const { Socket, closed } = unluckySockets(t, luck);
  let isOver = false;
  const setLater = (work: (with_?: unknown) => void, ms: number, given?: unknown) =>
    isOver || timers.add(setTimeout(work, ms, given));
  // The client's ten seconds pass in one.
  const setRepeated = (work: () => void, ms: number) => timers.add(setInterval(work, ms / 10));
  const context = createContext({ WebSocket: Socket, crypto, setTimeout: setLater, setInterval: setRepeated });
  const chat = runInContext(`${fileOf('examples/client.js')}; chat`, context) as (options: object) => Running['send'];
  t.teardown(() => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
  });
  const send = chat({
    ...{ url, token, room },
    show: ({ b }: { b: { text: string } }) => shown.push(b.text),
    missed: (after: number, upTo: number) => shown.push(`missed ${after}-${upTo}`),
    answered: ({ t: kind, code }: { t: string; code?: string }) => kind === 'ok' || shown.push(`not sent: ${code}`),
    ended: (why: { code: unknown }) => ended.push(why),
  });
  return { shown, send, ended, closed };
}

t.test(
  'the browser client of the document loses, doubles and swaps nothing over a cut, and comes through refusals',
  (t) =>
    survivesACut(t, async (t, url, person, room) => {
      const luck = new Unlucky();
      const token = async () => {
        if (luck.meets('no token')) throw new Error('the log-in is away');
        return person.token;
      };
      const client = await startInBrowser(t, { url, token, room }, luck);
      const atTheEnd = () => {
        t.same(luck.met, ['no token', 'silence', 'refused for now', 'a send refused for now']);
        t.ok(client.closed() >= 2, 'it left the silent socket, and the one that refused it');
        t.same(client.ended, []);
      };
      return { ...client, atTheEnd };
    }),
);

t.test('both clients of the document say so when their token is refused', async (t) => {
  const nowhere = '0'.repeat(26);
  const client = await startInBrowser(t, { url: edge, token: async () => 'none', room: nowhere }, new Unlucky());
  await until('it has ended', () => client.ended.length > 0);
  t.match(client.ended, [{ code: 'unauthenticated' }]);
  const child = await startPython(t, edge, 'none', nowhere);
  const [code] = await once(child, 'exit');
  t.equal(code, 1, 'though nobody closed what it reads');
});

async function startPython(t: Test, ...given: string[]): Promise<ChildProcessWithoutNullStreams> {
  const env = { ...process.env, ...(await pythonWith('websockets', '15.0.1')) };
  const child = spawn('python3', [join(root, 'docs/examples/client.py'), ...given], { env });
  t.teardown(() => child.kill('SIGKILL'));
  createInterface({ input: child.stderr }).on('line', (line) => t.comment(line));
  return child;
}

t.test('the Python client of the document loses and doubles nothing over a cut', (t) =>
  survivesACut(t, async (t, url, person, room) => {
    const child = await startPython(t, url, person.token, room);
    const shown: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => shown.push(line));
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
  const code = fileOf('examples/client.js')
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('/**'));
  t.ok(code.length <= 40, `${code.length} lines of code`);
});

t.test('the socket example of the README runs as it is', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const example = /<!-- example: socket -->\n```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const person = await signUp(api);
  const room = await roomOf(person);
  const said: { readonly t: string; readonly i?: number }[] = [];
  const names = ['WebSocket', 'accessToken', 'roomId', 'console'];
  const run = new Function(...names, `${example.replace('ws://127.0.0.1:8081/ws', edge)}; return ws`);
  const ws = run(WebSocket, person.token, room.id, {
    log: (frame: (typeof said)[number]) => said.push(frame),
  }) as WebSocket;
  await until('the message is stored', () => said.some(({ t, i }) => t === 'ok' && i === 2));
  await until('and comes back', () => said.some(({ t }) => t === 'msg'));
  ws.terminate();
  t.equal(said[0]?.t, 'hi');
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
  const unexpected = refused.filter((name) => !refusedForAlice.includes(name));
  t.same(unexpected, [], 'and done, but for what alice may not');
});

interface Execution {
  readonly item: { readonly name: string };
  readonly response?: { readonly code: number };
}

const openApi = (await (await fetch(`${api}/openapi.json`)).json()) as {
  paths: Record<string, Record<string, { operationId: string }>>;
};
const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
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
