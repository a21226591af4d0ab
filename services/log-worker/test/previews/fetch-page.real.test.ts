import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { createFetchPage } from '../../src/previews/fetch-page.ts';
import { mayConnect } from '../../src/previews/public-address.ts';

const page = '<html><head><title>Hello</title></head></html>';
const html = (response: ServerResponse, body: string | Buffer = page, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);

/** A server of this machine that stands for the Internet: every name is its, and no other address may be asked. */
async function internet(t: Test, answer: RequestListener, names: Record<string, string[][]> = {}) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const resolved: string[] = [];
  const fetchPage = createFetchPage({
    resolve: async (host) => {
      resolved.push(host);
      const answers = names[host];
      return (answers?.length === 1 ? answers[0] : answers?.shift()) ?? ['127.0.0.1'];
    },
    mayConnect: (address, to) => (address === '127.0.0.1' && to === port) || mayConnect(address, to),
    deadlineMs: 700,
  });
  return { at: (path = '/', host = 'site.test') => `http://${host}:${port}${path}`, fetchPage, asked, resolved, port };
}

t.test('a page is read by its name, with nothing of ours in the request', async (t) => {
  const { at, fetchPage, asked, port } = await internet(t, (_, response) => html(response));
  t.same(await fetchPage(at('/a%20b?c=1')), { kind: 'page', html: page });
  t.equal(asked[0]?.url, '/a%20b?c=1');
  t.equal(asked[0]?.headers.host, `site.test:${port}`);
  t.same(Object.keys(asked[0]?.headers ?? {}).sort(), [
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ]);
});

t.test('its encoding is what it says, or what its server says', async (t) => {
  const korean = Buffer.from([0xc7, 0xd1, 0xb1, 0xdb]);
  const { at, fetchPage } = await internet(t, ({ url }, response) => {
    if (url === '/type') html(response, korean, { 'content-type': 'text/html;charset=EUC-KR' });
    else if (url === '/meta')
      html(response, Buffer.concat([Buffer.from('<meta charset="euc-kr">'), korean]), { 'content-type': 'text/html' });
    else html(response, 'x', { 'content-type': 'text/html; charset=none-such' });
  });
  t.match(await fetchPage(at('/type')), { html: '한글' });
  t.match(await fetchPage(at('/meta')), { html: /한글/ });
  t.match(await fetchPage(at('/odd')), { html: 'x' });
});

t.test('what is no page of the web, or not open to everybody, is not asked for', async (t) => {
  const { fetchPage, asked, port } = await internet(t, (_, response) => html(response));
  for (const url of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://site.test/',
    'data:text/html,x',
    'gopher://site.test/',
    'no url',
    '',
    `http://user:password@site.test:${port}/`,
    `http://user@site.test:${port}/`,
    `http://site.test:${port + 1}/`,
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://0/',
  ]) {
    t.same(await fetchPage(url), { kind: 'none' }, url);
  }
  t.equal(asked.length, 0);
});

t.test('a name of which any address is not public is not asked, nor one that has none', async (t) => {
  const names = { 'in.test': [['10.0.0.1']], 'both.test': [['127.0.0.1', '169.254.169.254']], 'none.test': [[]] };
  const { at, fetchPage, asked } = await internet(t, (_, response) => html(response), names);
  for (const name of Object.keys(names)) t.same(await fetchPage(at('/', name)), { kind: 'none' }, name);
  t.equal(asked.length, 0);
});

t.test('a name is resolved once, so that it cannot become another address afterwards', async (t) => {
  const rebinding = { 'site.test': [['127.0.0.1'], ['169.254.169.254'], ['169.254.169.254']] };
  const { at, fetchPage, asked, resolved } = await internet(t, (_, response) => html(response), rebinding);
  t.match(await fetchPage(at()), { kind: 'page' });
  t.same(resolved, ['site.test']);
  t.same(await fetchPage(at()), { kind: 'none' }, 'the next time it is looked at anew');
  t.equal(asked.length, 1);
});

t.test('every redirect is looked at like the first address, and there are not many', async (t) => {
  const names = { 'rebinding.test': [['127.0.0.1'], ['10.0.0.1']] };
  const { at, fetchPage, asked } = await internet(
    t,
    ({ url }, response) => {
      const to = new URL(url ?? '', 'http://x').searchParams.get('to');
      if (to === null) html(response);
      else response.writeHead(302, { location: to }).end('moved');
    },
    names,
  );
  const to = (target: string, host?: string) => at(`/?to=${encodeURIComponent(target)}`, host);
  t.match(await fetchPage(to('/here')), { kind: 'page' });
  t.match(await fetchPage(to(to(to(at())))), { kind: 'page' }, 'three of them');
  t.same(await fetchPage(to(to(to(to(at()))))), { kind: 'none' }, 'not four');
  const before = asked.length;
  for (const target of [
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://127.0.0.1:22/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    `http://user:password@site.test/`,
    'http://[',
    '//10.0.0.1/',
  ]) {
    t.same(await fetchPage(to(target)), { kind: 'none' }, target);
  }
  t.equal(asked.length, before + 8, 'none of them was asked');
  t.same(await fetchPage(to(at('/', 'rebinding.test'), 'rebinding.test')), { kind: 'none' }, 'the same name elsewhere');
});

t.test('only plain HTML is read, and only the beginning of it', async (t) => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  let sent = 0;
  const { at, fetchPage } = await internet(t, ({ url }, response) => {
    if (url === '/image') html(response, page, { 'content-type': 'image/svg+xml' });
    else if (url === '/like') html(response, page, { 'content-type': 'text/html-ish' });
    else if (url === '/bomb') html(response, bomb, { 'content-encoding': 'gzip' });
    else if (url === '/gone') response.writeHead(404, { 'content-type': 'text/html' }).end(page);
    else if (url === '/busy') response.writeHead(503).end();
    else {
      response.writeHead(200, { 'content-type': 'text/html' });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384;
      };
      response.on('drain', more);
      more();
    }
  });
  for (const path of ['/image', '/like', '/bomb', '/gone']) t.same(await fetchPage(at(path)), { kind: 'none' }, path);
  t.same(await fetchPage(at('/busy')), { kind: 'later' });
  const endless = await fetchPage(at('/endless'));
  t.equal(endless.kind === 'page' && endless.html.length, 256 * 1024);
  t.ok(sent < 64 * 1024 * 1024);
});

t.test('who answers slowly, not at all or badly is not waited for', async (t) => {
  const { at, fetchPage } = await internet(t, ({ url, socket }, response) => {
    if (url === '/silent') return;
    if (url === '/cut') return socket.destroy();
    if (url === '/headers') return response.writeHead(200, { 'x-long': 'x'.repeat(64 * 1024) }).end();
    response.writeHead(200, { 'content-type': 'text/html' });
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  for (const path of ['/silent', '/drip', '/cut', '/headers'])
    t.same(await fetchPage(at(path)), { kind: 'later' }, path);
});
