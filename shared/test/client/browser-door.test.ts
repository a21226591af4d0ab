import { readFileSync } from 'node:fs';
import t from 'tap';
import { createClient } from '../../src/client/index.ts';

const imported =
  /(?:^|\n)\s*(?:import|export)(?:[^'"\n;]*?\bfrom)?\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every compiled module that a bundler would follow from there. */
function graph(door: URL): { modules: Set<string>; outside: string[] } {
  const modules = new Set<string>();
  const outside: string[] = [];
  const queue = [door];
  for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
    if (modules.has(url.href)) continue;
    modules.add(url.href);
    for (const [, from, lazily] of readFileSync(url, 'utf8').matchAll(imported)) {
      const specifier = from ?? lazily ?? '';
      if (specifier.startsWith('.')) queue.push(new URL(specifier, url));
      else outside.push(specifier);
    }
  }
  return { modules, outside };
}

const door = (file: string): URL => new URL(`../../src/client/${file}`, import.meta.url);

t.test('a browser’s bundle holds no Node module and no package', async (t) => {
  const { modules, outside } = graph(door('index.js'));
  t.same(outside, []);
  t.ok(
    [...modules].some((module) => module.endsWith('/errors/close-codes.js')),
    'the walk follows imports',
  );
  for (const module of modules) {
    const source = readFileSync(new URL(module), 'utf8');
    t.notMatch(source, /\b(process|Buffer|require|__dirname)\b[.(]/, module);
  }
});

t.test('the Node door adds `ws` and nothing else', async (t) => {
  t.same(graph(door('node.js')).outside, ['ws']);
});

const own = (globalThis as { WebSocket?: unknown }).WebSocket !== undefined;

t.test('without a WebSocket the browser door says what to pass', { skip: own && 'this Node has one' }, async (t) => {
  t.throws(() => createClient({ url: 'ws://127.0.0.1/ws', token: () => '' }), /pass a constructor/);
});
