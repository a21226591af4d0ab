import { type Bus, createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { type ForeignIssuer, startForeignIssuer, trustedIssuersFile } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startEdge, type TestEdge } from './start-edge.ts';

interface Asked {
  readonly iss: string;
  readonly sub: string;
}

/** What the api does, as far as edges see it. */
interface Directory {
  readonly asked: Asked[];
  readonly users: Map<string, { u: UserId; ep: number }>;
  /** In place of an answer. */
  refuse: Failure | undefined;
  /** Before that it answers nothing. */
  ready: Promise<void>;
  userOf(issuer: ForeignIssuer, sub?: string): UserId;
}

function directoryOn(bus: Bus): Directory {
  const users: Directory['users'] = new Map();
  const find = (iss: string, sub: string) => {
    const key = `${iss} ${sub}`;
    const known = users.get(key) ?? { u: newId<UserId>(), ep: 0 };
    users.set(key, known);
    return known;
  };
  const directory: Directory = {
    asked: [],
    users,
    refuse: undefined,
    ready: Promise.resolve(),
    userOf: ({ trusted }, sub = 'person-1') => find(trusted.issuer, sub).u,
  };
  bus.commands.serve('identity.resolve', async (question) => {
    const { iss, sub } = question as Asked;
    directory.asked.push({ iss, sub });
    await directory.ready;
    if (directory.refuse !== undefined) throw directory.refuse;
    const known = find(iss, sub);
    await bus.access.write(known.u, {}, (await bus.access.read(known.u))?.revision ?? 0);
    return known;
  });
  return directory;
}

const issuer = await startForeignIssuer(t);
const other = await startForeignIssuer(t, { algorithm: 'ES256' });

async function anEdge(t: Test, issuers: readonly ForeignIssuer[] = [issuer, other]) {
  const bus = createMemoryBus();
  const directory = directoryOn(bus);
  const trusted = trustedIssuersFile(t, ...issuers.map((one) => one.trusted));
  const edge = await startEdge(t, { trustedIssuersFile: trusted, helloDeadlineMs: 1_000 }, bus);
  return { edge, bus, directory };
}

async function hello(edge: TestEdge, tok: string) {
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok });
  return { client, answer: await client.next({ i: 1 }) };
}

t.test('a person of another issuer is who the api says, and the api is asked once', async (t) => {
  const { edge, directory } = await anEdge(t);
  const many = await Promise.all(Array.from({ length: 6 }, () => hello(edge, issuer.token())));
  for (const { answer } of many) t.match(answer, { t: 'hi', u: directory.userOf(issuer) });
  t.equal(directory.asked.length, 1);
  const { answer } = await hello(edge, issuer.token({ sid: 'another session', role: 'admin' }));
  t.match(answer, { t: 'hi', u: directory.userOf(issuer) });
  t.equal(directory.asked.length, 1, 'it is remembered');
  t.match((await hello(edge, other.token())).answer, { t: 'hi', u: directory.userOf(other) });
  t.match((await hello(edge, issuer.token({ sub: 'person-2' }))).answer, { u: directory.userOf(issuer, 'person-2') });
  t.equal(directory.users.size, 3);
});

t.test('the token may come with the handshake', async (t) => {
  const { edge, directory } = await anEdge(t);
  for (const options of [
    { headers: { authorization: `Bearer ${issuer.token()}` } },
    { protocols: ['gapless.v1', `bearer.${issuer.token()}`] },
  ]) {
    const client = await edge.connect(options);
    client.send({ t: 'hello', i: 1 });
    t.match(await client.next({ i: 1 }), { t: 'hi', u: directory.userOf(issuer) });
  }
  const forged = await edge.connect({ headers: { authorization: `Bearer ${issuer.token({ aud: 'another' })}` } });
  forged.send({ t: 'hello', i: 1 });
  t.match(await forged.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
  t.equal(await forged.closed, 4401);
});

t.test('whatever is not right about a token is refused, and the api is not asked', async (t) => {
  const { edge, directory } = await anEdge(t, [issuer]);
  const soon = Date.now() / 1000;
  for (const [what, token] of Object.entries({
    audience: issuer.token({ aud: 'gapless' }),
    ended: issuer.token({ exp: soon - 60 }),
    'far future': issuer.token({ exp: soon + 10 * 86_400 }),
    none: issuer.token({}, { header: { alg: 'none' } }),
    HS256: issuer.token({}, { header: { alg: 'HS256' } }),
    'key of another issuer': issuer.token({}, { key: other.key }),
    'an issuer whom nobody trusts': other.token(),
    'our own name': issuer.token({ iss: 'gapless', aud: 'gapless', sid: newId() }),
  })) {
    t.match((await hello(edge, token)).answer, { t: 'err', code: 'unauthenticated' }, what);
  }
  t.same(directory.asked, []);
});

t.test('a hello that follows another before that is judged is refused', async (t) => {
  const { edge, directory } = await anEdge(t);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: issuer.token() });
  client.send({ t: 'hello', i: 2, tok: edge.tokenOf(newId<UserId>()) });
  const answers = [await client.next({ i: 1 }), await client.next({ i: 2 })];
  t.equal(answers.filter(({ t: kind }) => kind === 'hi').length, 1, 'one session, of one user');
  t.equal(answers.filter(({ t: kind }) => kind === 'err').length, 1);
  t.ok(directory.asked.length <= 1);
});

t.test('a hello during whose judgement another one began the session is a conflict', async (t) => {
  const { edge, directory } = await anEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  let answer = (): void => undefined;
  directory.ready = new Promise((resolve) => {
    answer = resolve;
  });
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: issuer.token() });
  client.send({ t: 'hello', i: 2, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 2 }), { t: 'hi', u: user });
  answer();
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'conflict' });
});

t.test('our own users need neither the issuer nor the api', async (t) => {
  const away = await startForeignIssuer(t);
  await away.close();
  const { edge, directory } = await anEdge(t, [away]);
  const user = newId<UserId>();
  await edge.allow(user);
  t.match((await hello(edge, edge.tokenOf(user))).answer, { t: 'hi', u: user });
  t.match((await hello(edge, away.token())).answer, { t: 'err', code: 'unavailable', retry: Number });
  t.same(directory.asked, []);
});

t.test('while the api is away its word is missing: unavailable, and right when it is back', async (t) => {
  const { edge, directory } = await anEdge(t);
  directory.refuse = new Failure('store_unavailable', { retryMs: 100 });
  const { client, answer } = await hello(edge, issuer.token());
  t.match(answer, { t: 'err', code: 'unavailable', retry: 100 });
  directory.refuse = undefined;
  client.send({ t: 'hello', i: 2, tok: issuer.token() });
  t.match(await client.next({ i: 2 }), { t: 'hi', u: directory.userOf(issuer) });
});

t.test('the cursors of a part that nobody could judge count when the last one is judged', async (t) => {
  const { edge, directory } = await anEdge(t);
  const room = newId<RoomId>();
  directory.refuse = new Failure('store_unavailable', { retryMs: 100 });
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: issuer.token(), since: { [room]: 1 }, more: 1 });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unavailable' });
  directory.refuse = undefined;
  client.send({ t: 'hello', i: 2 });
  t.match(await client.next({ i: 2 }), { t: 'hi', u: directory.userOf(issuer) });
  t.match(await client.next({ t: 'removed' }), { r: room });
});

t.test('who is disabled is out at once, with any token, until he is enabled', async (t) => {
  const { edge, bus, directory } = await anEdge(t);
  const { client } = await hello(edge, issuer.token());
  const user = directory.userOf(issuer);
  directory.refuse = new Failure('account_disabled');
  await bus.revocations.publish({ kind: 'user', user, epoch: 1, until: Date.now() + 60_000 });
  t.equal(await client.closed, 4401);
  const again = await hello(edge, issuer.token({ sid: 'another session' }));
  t.match(again.answer, { t: 'err', code: 'unauthenticated' });
  t.equal(await again.client.closed, 4401);
  directory.refuse = undefined;
  directory.users.set(`${issuer.trusted.issuer} person-1`, { u: user, ep: 1 });
  t.match((await hello(edge, issuer.token())).answer, { t: 'hi', u: user });
});

t.test('a session that is kicked is out, and no other of the same person', async (t) => {
  const { edge, bus } = await anEdge(t);
  const [one, two] = [await hello(edge, issuer.token({ sid: 'one' })), await hello(edge, issuer.token({ sid: 'two' }))];
  const { u: user, sid: session } = one.answer as never;
  await bus.revocations.publish({ kind: 'session', user, session, until: Date.now() + 60_000 });
  t.equal(await one.client.closed, 4401);
  t.match((await hello(edge, issuer.token({ sid: 'one' }))).answer, { t: 'err', code: 'unauthenticated' });
  two.client.send({ t: 'ping', i: 9 });
  t.match(await two.client.next({ i: 9 }), { t: 'pong' });
});

t.test('a fresh token of the same person prolongs a session, one of somebody else does not', async (t) => {
  const { edge, directory } = await anEdge(t);
  const { client, answer } = await hello(edge, issuer.token({ exp: Date.now() / 1000 - 27 }));
  t.match(answer, { t: 'hi' }, 'the clocks differ');
  client.send({ t: 'auth', i: 2, tok: issuer.token({ sub: 'person-2' }) });
  t.match(await client.next({ i: 2 }), { t: 'err', code: 'forbidden' });
  client.send({ t: 'auth', i: 3, tok: issuer.token({ aud: 'another' }) });
  t.match(await client.next({ i: 3 }), { t: 'err', code: 'unauthenticated' });
  client.send({ t: 'auth', i: 4, tok: issuer.token() });
  t.match(await client.next({ i: 4 }), { t: 'ok' });
  const short = await hello(edge, issuer.token({ exp: Date.now() / 1000 - 29 }));
  t.match(short.answer, { t: 'hi', u: directory.userOf(issuer) });
  t.equal(await short.client.closed, 4011, 'without one it ends');
  client.send({ t: 'ping', i: 5 });
  t.match(await client.next({ i: 5 }), { t: 'pong' });
});
