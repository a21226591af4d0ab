import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The examples, and the SDK as it is compiled: modules that a browser loads one by one. */
const folders: Readonly<Record<string, string>> = {
  '/examples/': join(root, 'docs/examples'),
  '/sdk/': join(root, 'shared/dist/src'),
};
const kinds: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves files as any web server would; `pages` are made up. */
export async function serveFiles(t: Test, port: number, pages: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const page = pages[path];
    const [prefix = '', folder = ''] = Object.entries(folders).find(([name]) => path.startsWith(name)) ?? [];
    const found =
      page ??
      (prefix === '' ? undefined : await readFile(join(folder, path.slice(prefix.length))).catch(() => undefined));
    const type = page === undefined ? (kinds[extname(path)] ?? 'text/plain') : 'text/html';
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(found ?? 'not here');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
