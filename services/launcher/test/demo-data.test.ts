import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { demoAccounts, seedDemoData } from '../src/demo-data.ts';

interface Account {
  readonly email: string;
  readonly password: string;
}

/** As much of the REST API as seeding uses; what it does with real services is the end-to-end test's. */
async function startApi(t: { teardown(undo: () => void): void }) {
  const accounts = new Map<string, Account>();
  const members = new Map<string, Set<string>>();
  const writes: string[] = [];
  const answer = (path: string, method: string, user: string, body: Account & { name: string }): [number, unknown] => {
    if (method === 'POST' && path !== '/v1/auth/login') writes.push(path);
    switch (true) {
      case path === '/v1/auth/login':
        return accounts.get(body.email)?.password === body.password
          ? [200, { accessToken: body.email }]
          : [401, { title: 'E-mail address and password do not match an account' }];
      case path === '/v1/auth/signup':
        accounts.set(body.email, body);
        return [201, { accessToken: body.email }];
      case path === '/v1/rooms' && method === 'POST':
        members.set(body.name, new Set([user]));
        return [201, { id: body.name, number: 7, name: body.name }];
      case path.endsWith('/join'):
        members.get(path.split('/')[3] as string)?.add(user);
        return [200, {}];
      default: {
        const mine = [...members].filter(([, us]) => us.has(user)).map(([name]) => ({ id: name, number: 7, name }));
        return path.includes('cursor=x') ? [200, { items: mine }] : [200, { items: [], next: 'x' }];
      }
    }
  };
  const server = createServer(async (request, response) => {
    const user = (request.headers.authorization ?? '').replace('Bearer ', '');
    const [status, result] = answer(request.url ?? '', request.method ?? '', user, await bodyOf(request));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, accounts, members, writes };
}

async function bodyOf(request: IncomingMessage) {
  const chunks = await request.toArray();
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

t.test('the first start makes three accounts and a room that all are in; the second changes nothing', async (t) => {
  const api = await startApi(t);
  t.same(await seedDemoData(api.url), { id: 'Lobby', number: 7, name: 'Lobby' });
  t.same(
    [...api.accounts.keys()],
    demoAccounts.map(({ email }) => email),
  );
  t.equal(api.members.get('Lobby')?.size, 3);
  api.writes.length = 0;
  t.same(await seedDemoData(api.url), { id: 'Lobby', number: 7, name: 'Lobby' });
  t.same(api.writes, []);
});

t.test('a start that was cut short is completed by the next', async (t) => {
  const api = await startApi(t);
  await seedDemoData(api.url);
  api.members.get('Lobby')?.delete('carol@demo.gapless.chat');
  await seedDemoData(api.url);
  t.equal(api.members.get('Lobby')?.size, 3);
  t.same([...api.members.keys()], ['Lobby']);
});
